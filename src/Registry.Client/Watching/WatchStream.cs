using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>Why a stream is over.</summary>
/// <param name="Fault">What happened.</param>
/// <param name="StartAnew">The next stream must not use the token.</param>
internal sealed record StreamEnd(RegistryFault Fault, bool StartAnew = false);

/// <summary>One watch stream: opens it, feeds what comes to a view, and says how it ended instead of throwing.</summary>
internal sealed class WatchStream : IDisposable
{
    private readonly TimeSpan _signOfLife;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _over;
    private readonly ITimer _silence;
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;
    private bool _waiting;
    private volatile bool _isSilent;

    public WatchStream(
        Discovery.DiscoveryClient client, TimeSpan signOfLife, TimeProvider time, CancellationToken stopping)
    {
        _signOfLife = signOfLife;
        _stopping = stopping;
        _over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _silence = time.CreateTimer(
            static state => ((WatchStream)state!).GiveUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _call = client.Watch(new CallOptions(cancellationToken: _over.Token));
    }

    /// <summary>Sends the first message. Null: it is sent.</summary>
    public async Task<StreamEnd?> OpenAsync(Open open)
    {
        AwaitSync();
        return await GuardAsync(() => _call.RequestStream.WriteAsync(new WatchRequest { Open = open })).ConfigureAwait(false);
    }

    /// <summary>Reads one message into the view.</summary>
    /// <returns>What a Sync has brought, or how the stream ended, or neither: another message was read.</returns>
    public async Task<(AppliedBatch? Batch, StreamEnd? End)> NextAsync(ViewBuilder builder)
    {
        AppliedBatch? batch = null;
        AwaitSync();
        var end = await GuardAsync(async () =>
        {
            if (!await _call.ResponseStream.MoveNext(_over.Token).ConfigureAwait(false))
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "the server ended the stream"));
            }

            batch = builder.Receive(_call.ResponseStream.Current);
            if (batch is null)
            {
                return;
            }

            // The reader's own time does not count as the server's silence.
            _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _waiting = false;
            foreach (var topic in batch.SnapshotsNeeded)
            {
                await _call.RequestStream.WriteAsync(
                    new WatchRequest { RequestSnapshot = new RequestSnapshot { Topic = topic.ToTopic() } }).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);

        // A batch that is applied counts, even if the stream broke when the next message was to be sent.
        return (batch, end);
    }

    public void Dispose()
    {
        _silence.Dispose();
        _call.Dispose();
        _over.Dispose();
    }

    private void AwaitSync()
    {
        if (!_waiting)
        {
            _waiting = true;
            _silence.Change(_signOfLife, Timeout.InfiniteTimeSpan);
        }
    }

    private void GiveUp()
    {
        _isSilent = true;
        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended by itself while the timer fired.
        }
    }

    private async Task<StreamEnd?> GuardAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
            return null;
        }
        catch (WatchBreachException breach)
        {
            return new StreamEnd(new RegistryFault(StatusCode.DataLoss, "", "", breach.Message), StartAnew: true);
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException or RpcException)
        {
            if (_stopping.IsCancellationRequested)
            {
                return new StreamEnd(new RegistryFault(StatusCode.Cancelled, "", "", "stopped"));
            }

            if (_isSilent)
            {
                return new StreamEnd(new RegistryFault(
                    StatusCode.DeadlineExceeded, "", "", $"no sign of life for {_signOfLife.TotalSeconds:0} s"));
            }

            return await ExplainAsync(exception).ConfigureAwait(false);
        }
    }

    private async Task<StreamEnd> ExplainAsync(Exception exception)
    {
        // A write into a stream that has ended says only that; why it ended, the response side knows.
        if (exception is not RpcException failure)
        {
            try
            {
                await _call.ResponseStream.MoveNext(_over.Token).ConfigureAwait(false);
                failure = new RpcException(new Status(StatusCode.Unavailable, "the server ended the stream"));
            }
            catch (RpcException actual)
            {
                failure = actual;
            }
        }

        var fault = RegistryFault.From(failure);
        return fault.Code == StatusCode.OutOfRange ? new StreamEnd(fault, StartAnew: true)
            : fault.IsTransient ? new StreamEnd(fault)
            : throw failure;
    }
}
