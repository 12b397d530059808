using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Registry.Core;
using Registry.Core.Watching;

namespace Registry.Server.Discovery;

/// <summary>
/// The transport's end of one watch: writes batches, as frames that exist already, straight into the response's pipe.
/// </summary>
/// <remarks>
/// The pump's thread comes in with a batch and writes until the pipe says that the client does not keep up; what is left is written when
/// it does, on another thread, and the pump is told when all has gone out. So there is one writer at a time. Kestrel uses the pipe for
/// other streams after the call has ended, so the call ends only when the pump has let go of the stream and the last write has come to
/// an end.
/// </remarks>
internal sealed class StreamSink : IWatchSink, IAsyncDisposable
{
    private readonly ServiceRegistry _registry;
    private readonly PipeWriter _response;
    private readonly IHttpResetFeature? _reset;
    private readonly CancellationTokenSource _givenUp = new();
    private Task _write = Task.CompletedTask;
    private Task? _closed;
    private volatile RegistryError? _error;

    public StreamSink(ServiceRegistry registry, PipeWriter response, IHttpResetFeature? reset)
    {
        _registry = registry;
        _response = response;
        _reset = reset;
    }

    /// <summary>The registry's end of the watch. After <see cref="Open"/>.</summary>
    public WatchStream Stream { get; private set; } = null!;

    /// <summary>Cancelled when the registry gives the stream up, for <see cref="Error"/>.</summary>
    public CancellationToken GivenUp => _givenUp.Token;

    /// <summary>Why the registry has given the stream up; null: it has not.</summary>
    public RegistryError? Error => _error;

    /// <summary>Opens the watch. Batches may come before this returns.</summary>
    public void Open(WatchOpening opening)
    {
        Stream = _registry.CreateWatch(this);
        Stream.Open(opening);
    }

    public bool TryWrite(WatchBatch batch)
    {
        var write = WriteAsync(batch);
        if (write.IsCompletedSuccessfully)
            return write.Result;
        _write = TellWhenFlushedAsync(write);
        return false;
    }

    public void Abort(RegistryError error)
    {
        _error = error;
        if (error.Reason == ErrorReasons.SlowConsumer)
        {
            // Its client does not read, so a status would wait behind what it has not read. RESOURCE_EXHAUSTED is what gRPC makes of
            // this code.
            const int EnhanceYourCalm = 0xb;
            _reset?.Reset(EnhanceYourCalm);
        }

        // The handler's continuations shall not run on the pump's thread.
        _ = _givenUp.CancelAsync();
    }

    /// <summary>Has the pump let go of the stream and ends the write that is under way. Completes when both have happened.</summary>
    public Task CloseAsync() => _closed ??= EndAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _givenUp.Dispose();
    }

    private async Task EndAsync()
    {
        await Stream.CloseAsync();
        if (_write.IsCompleted)
            return;
        _response.CancelPendingFlush();
        await _write;
    }

    private async Task TellWhenFlushedAsync(ValueTask<bool> write)
    {
        if (await write)
            Stream.Flushed();
    }

    // False: the connection is gone, or the stream is being closed. Nothing more is written then, and the pump is told nothing, so
    // that it sends nothing more.
    private async ValueTask<bool> WriteAsync(WatchBatch batch)
    {
        try
        {
            List<TopicMessage>? later = null;
            foreach (var item in batch.Items)
            {
                if (item.Kind != WatchItemKind.Topic)
                    _response.Write(TopicEncoder.Frame(ControlFrames.Of(item)));
                else if (IsDeferred(later, item.Message!) || !item.Message!.TryGetEncoded(TopicEncoder.Encode, out var encoded))
                    (later ??= []).Add(item.Message!);
                else if (!await WriteAsync(encoded))
                    return false;
            }

            // What another thread was encoding when we came by, and what follows it in its topic.
            foreach (var message in later ?? [])
            {
                EncodedTopic? encoded;
                while (!message.TryGetEncoded(TopicEncoder.Encode, out encoded))
                    await Task.Yield();
                if (!await WriteAsync(encoded))
                    return false;
            }

            _response.Write(ControlFrames.SyncAt(_registry.Epoch, batch.Revision));
            return await FlushAsync();
        }
        catch (Exception broken) when (broken is IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException)
        {
            // The response is over; the call's own token tells the handler.
            return false;
        }
    }

    // A batch applies as a whole, so the order of its topics is free; but the steps of one topic build on each other.
    private static bool IsDeferred(List<TopicMessage>? later, TopicMessage message) =>
        later is not null && later.Exists(deferred => deferred.Topic == message.Topic);

    private async ValueTask<bool> WriteAsync(EncodedTopic topic)
    {
        var frames = topic.Frames.Length;
        for (var i = 0; i < frames; i++)
        {
            _response.Write(topic.Frames[i]);

            // A part of a large topic is a flush of its own, so that a connection is never held up by more than one.
            if (frames > 1 && !await FlushAsync())
                return false;
        }

        return true;
    }

    private async ValueTask<bool> FlushAsync()
    {
        // After an aborted connection a flush completes at once and does not throw: who does not look writes for ever.
        var flushed = await _response.FlushAsync();
        return !flushed.IsCompleted && !flushed.IsCanceled;
    }
}
