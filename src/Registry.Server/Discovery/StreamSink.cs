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
    /// <summary>A code of HTTP/2 (RFC 9113, 7) that gRPC takes for UNAVAILABLE.</summary>
    public const int RefusedStream = 0x7;

    // Those that it takes for CANCELLED and RESOURCE_EXHAUSTED.
    private const int Cancel = 0x8;
    private const int EnhanceYourCalm = 0xb;

    // How long a client may take to read what is on its way when its stream ends.
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(1);

    // How long a write may take to notice that its stream was reset.
    private static readonly TimeSpan ResetPatience = TimeSpan.FromSeconds(2);

    private readonly ServiceRegistry _registry;
    private readonly PipeWriter _response;
    private readonly IHttpResetFeature? _reset;
    private readonly TimeSpan _farewellPatience;
    private readonly TimeSpan _resetPatience;
    private readonly CancellationTokenSource _givenUp = new();
    private Task _write = Task.CompletedTask;
    private int _unflushed;
    private Task? _closed;
    private volatile RegistryError? _error;
    private volatile bool _isOver;

    public StreamSink(ServiceRegistry registry, PipeWriter response, IHttpResetFeature? reset)
        : this(registry, response, reset, FarewellPatience, ResetPatience)
    {
    }

    internal StreamSink(
        ServiceRegistry registry, PipeWriter response, IHttpResetFeature? reset, TimeSpan farewellPatience, TimeSpan resetPatience)
    {
        _farewellPatience = farewellPatience;
        _resetPatience = resetPatience;
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
            // Its client does not read, so a status would wait behind what it has not read.
            _reset?.Reset(EnhanceYourCalm);
        }

        // The handler's continuations shall not run on the pump's thread.
        _ = _givenUp.CancelAsync();
    }

    /// <summary>
    /// Has the pump let go of the stream and ends the write that is under way. Completes when both have happened. What is on its way gets
    /// a moment to go out, because a status can only follow it; a client that takes nothing would hold up the status, the call and the
    /// end of the server for ever, so its stream is reset.
    /// </summary>
    /// <param name="resetCode">What the reset says: a code of HTTP/2.</param>
    public Task CloseAsync(int resetCode = Cancel) => _closed ??= EndAsync(resetCode);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _givenUp.Dispose();
    }

    private async Task EndAsync(int resetCode)
    {
        await Stream.CloseAsync();

        if (await WriteEndsWithinAsync(_farewellPatience))
            return;

        // A reset, not CancelPendingFlush: where a flush waits for the client's window, Kestrel does not cancel it.
        _reset?.Reset(resetCode);

        // Seen once in some ten thousand streams that broke while they were written: the flush never ended, not even after the reset,
        // and with it neither did the call, nor the connection, nor, in time, the server. The stream is aborted, so Kestrel does not
        // use it for another call, and a write that wakes up after all finds that it is over.
        if (!await WriteEndsWithinAsync(_resetPatience))
            _isOver = true;
    }

    // Real time, also where a test drives the registry's clock: what is waited for is at the other end of a socket.
    private async Task<bool> WriteEndsWithinAsync(TimeSpan patience) =>
        _write.IsCompleted || await Task.WhenAny(_write, Task.Delay(patience, TimeProvider.System)) == _write;

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
                {
                    if (!await WriteAsync(TopicEncoder.Frame(ControlFrames.Of(item))))
                        return false;
                }
                else if (IsDeferred(later, item.Message!) || !item.Message!.TryGetEncoded(TopicEncoder.Encode, out var encoded))
                {
                    (later ??= []).Add(item.Message!);
                }
                else if (!await WriteAsync(encoded))
                {
                    return false;
                }
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

            return await WriteAsync(ControlFrames.SyncAt(_registry.Epoch, batch.Revision)) && await FlushAsync();
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
        for (var i = 0; i < topic.Frames.Length; i++)
        {
            if (!await WriteAsync(topic.Frames[i]))
                return false;
        }

        return true;
    }

    // What is written and not flushed lies in memory, once per stream, and the client is not asked whether it keeps up. So there is
    // never more of it than one part, be it one large topic or thousands of small ones.
    private ValueTask<bool> WriteAsync(byte[] frame)
    {
        if (_unflushed > 0 && _unflushed + frame.Length > TopicEncoder.MaxPartLength)
            return FlushAndWriteAsync(frame);
        Append(frame);
        return ValueTask.FromResult(true);
    }

    private async ValueTask<bool> FlushAndWriteAsync(byte[] frame)
    {
        if (!await FlushAsync())
            return false;
        Stream.Progressed();
        Append(frame);
        return true;
    }

    private void Append(byte[] frame)
    {
        _response.Write(frame);
        _unflushed += frame.Length;
    }

    private async ValueTask<bool> FlushAsync()
    {
        // After an aborted connection a flush completes at once and does not throw: who does not look writes for ever.
        _unflushed = 0;
        var flushed = await _response.FlushAsync();
        return !flushed.IsCompleted && !flushed.IsCanceled && !_isOver;
    }
}
