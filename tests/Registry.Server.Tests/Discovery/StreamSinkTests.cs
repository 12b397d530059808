using Microsoft.AspNetCore.Http.Features;
using Registry.Core.Watching;
using Registry.Server.Discovery;
using Registry.TestKit;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Server.Tests.Discovery;

/// <summary>
/// The end of a stream. The server uses a response's pipe for other streams once its handler has returned, so that must not happen while
/// anything may still write to it.
/// </summary>
public sealed class StreamSinkTests
{
    [Fact]
    public async Task Close_IsNotOver_BeforeThePumpHasLetGo()
    {
        using var driven = new DrivenRegistry();
        var pipe = new GatedPipe();
        var sink = Open(driven, pipe);

        var closed = sink.CloseAsync();
        Assert.False(closed.IsCompleted, "the pump has not run yet, so it may still write");
        driven.Pump.Run();
        await Within.DeadlineAsync(closed, "closing", "over once the pump has let go");

        var written = pipe.Written;
        driven.Register(driven.Grant(), "orders", Given.Instance("b"));
        driven.Pump.Run();
        Assert.Equal(written, pipe.Written);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task Close_IsNotOver_BeforeTheWriteUnderWayHasEnded()
    {
        using var driven = new DrivenRegistry();
        var pipe = new GatedPipe();
        var reset = new RecordedReset();
        var sink = Open(driven, pipe, reset, resetPatience: Timeout.InfiniteTimeSpan);
        pipe.IsGated = true;
        driven.Register(driven.Grant(), "orders", Given.Instance("b"));
        driven.Pump.Run();

        var closed = sink.CloseAsync();
        driven.Pump.Run();
        await Within.BecomesAsync("closing", true, () => reset.IsReset);
        Assert.False(closed.IsCompleted, "a write is under way");
        pipe.EndFlush();
        await Within.DeadlineAsync(closed, "closing", "over once the write has ended");
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task Close_IsOver_AlsoWhenAFlushNeverEnds_AndNothingIsWrittenAfterIt()
    {
        using var driven = new DrivenRegistry();
        var pipe = new GatedPipe();
        var reset = new RecordedReset();
        var sink = Open(driven, pipe, reset, resetPatience: TimeSpan.FromMilliseconds(1));
        pipe.IsGated = true;
        driven.Register(driven.Grant(), "orders", Given.Instance("b"));
        driven.Pump.Run();

        var closed = sink.CloseAsync();
        driven.Pump.Run();
        await Within.DeadlineAsync(closed, "closing", "over although the flush goes on");
        Assert.True(reset.IsReset);
        var written = pipe.Written;
        pipe.EndFlush();
        driven.Pump.Run();
        Assert.Equal(written, pipe.Written);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task TwoStreams_WriteWhatWasEncodedOnce()
    {
        using var driven = new DrivenRegistry();
        var snapshot = driven.Register(driven.Grant(), "orders", Given.Instance("a")).Application!;
        var (one, other) = (new GatedPipe(), new GatedPipe());
        var (first, second) = (Open(driven, one), Open(driven, other));

        // Closed before anything is asserted: a sink that the pump still has waits for it.
        var closed = Task.WhenAll(first.CloseAsync(), second.CloseAsync());
        driven.Pump.Run();
        await closed;
        Assert.Equal(one.Written, other.Written);
        Assert.True(snapshot.TryGetEncoded<EncodedTopic>(
            _ => throw new InvalidOperationException("what the streams wrote was encoded for themselves"), out var encoded));
        Assert.True(one.Written > encoded.PayloadLength);
    }

    private static StreamSink Open(DrivenRegistry driven, GatedPipe pipe, IHttpResetFeature? reset = null, TimeSpan? resetPatience = null)
    {
        var sink = new StreamSink(
            driven.Registry, pipe, reset, TimeSpan.FromMilliseconds(1), resetPatience ?? Timeout.InfiniteTimeSpan);
        sink.Open(new WatchOpening { Subscriptions = [(1, Given.Application("orders"))] });
        driven.Pump.Run();
        Assert.True(pipe.Written > 0);
        return sink;
    }

    private sealed class RecordedReset : IHttpResetFeature
    {
        private volatile bool _isReset;

        public bool IsReset => _isReset;

        public void Reset(int errorCode) => _isReset = true;
    }
}
