using System.Threading.Channels;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>Why a stream is over.</summary>
/// <param name="Fault">What happened.</param>
/// <param name="StartAnew">The next stream must not use the token.</param>
internal sealed record StreamEnd(RegistryFault Fault, bool StartAnew = false);

/// <summary>
/// One watch stream: sends what it is given, in order, hands on what comes, and says how it ended instead of throwing.
/// <see cref="Send"/> may be called from anywhere, <see cref="NextAsync"/> by one reader.
/// </summary>
internal sealed class WatchStream : IAsyncDisposable
{
    private readonly TimeSpan _signOfLife;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _over;
    private readonly ITimer _silence;
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;

    // A call takes one write at a time, and topics are asked for from many threads. As long as the topics at most.
    private readonly Channel<WatchRequest> _outbox =
        Channel.CreateUnbounded<WatchRequest>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Task _sending;
    private bool _waiting;
    private volatile bool _isSilent;

    /// <summary>Opens the stream; its first message is the first that is sent.</summary>
    public WatchStream(
        Discovery.DiscoveryClient client, TimeSpan signOfLife, TimeProvider time, CancellationToken stopping)
    {
        _signOfLife = signOfLife;
        _stopping = stopping;
        _over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _silence = time.CreateTimer(
            static state => ((WatchStream)state!).GiveUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _call = client.Watch(new CallOptions(cancellationToken: _over.Token));
        _sending = SendAllAsync();
    }

    /// <summary>Sends a message after all before it. What is sent on a stream that is over goes nowhere.</summary>
    public void Send(WatchRequest message) => _outbox.Writer.TryWrite(message);

    /// <summary>Reads one message.</summary>
    /// <param name="receive">Takes the message; what it returns for a Sync ends the wait for a sign of life.</param>
    /// <returns>What a Sync has brought, or how the stream ended, or neither: another message was read.</returns>
    public async Task<(AppliedBatch? Batch, StreamEnd? End)> NextAsync(Func<WatchResponse, AppliedBatch?> receive)
    {
        AwaitSync();
        try
        {
            if (!await _call.ResponseStream.MoveNext(_over.Token).ConfigureAwait(false))
            {
                return (null, new StreamEnd(new RegistryFault(StatusCode.Unavailable, "", "", "the server ended the stream")));
            }

            var batch = receive(_call.ResponseStream.Current);
            if (batch is not null)
            {
                // The reader's own time does not count as the server's silence.
                _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _waiting = false;
            }

            return (batch, null);
        }
        catch (WatchBreachException breach)
        {
            return (null, new StreamEnd(new RegistryFault(StatusCode.DataLoss, "", "", breach.Message), StartAnew: true));
        }
        catch (Exception exception) when (exception is OperationCanceledException or RpcException)
        {
            return (null, Explain(exception));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _outbox.Writer.TryComplete();
        await _silence.DisposeAsync().ConfigureAwait(false);
        _call.Dispose();
        await _sending.ConfigureAwait(false);
        _over.Dispose();
    }

    private async Task SendAllAsync()
    {
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync(_over.Token).ConfigureAwait(false))
            {
                await _call.RequestStream.WriteAsync(message).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException or RpcException)
        {
            // A write into a stream that has ended says only that; why it ended, the reader of the answers is told.
        }
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

    private StreamEnd Explain(Exception exception)
    {
        if (_stopping.IsCancellationRequested)
        {
            return new StreamEnd(new RegistryFault(StatusCode.Cancelled, "", "", "stopped"));
        }

        if (_isSilent || exception is not RpcException failure)
        {
            return new StreamEnd(new RegistryFault(
                StatusCode.DeadlineExceeded, "", "", $"no sign of life for {_signOfLife.TotalSeconds:0} s"));
        }

        var fault = RegistryFault.From(failure);
        return fault.Code == StatusCode.OutOfRange ? new StreamEnd(fault, StartAnew: true)
            : fault.IsTransient ? new StreamEnd(fault)
            : throw failure;
    }
}
