using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>What operators see of a stream: the pump is asked, and answers between its batches.</summary>
public sealed class DescribeTests
{
    [Fact]
    public void Stream_TellsWhatItIsSubscribedTo_AndWhereItStands()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");
        var client = driven.Watch(Given.Interface("x.Y"), Given.Application("billing"));
        client.Receive();

        var described = Ask(driven, client.Stream);

        Assert.Equal((WatchStanding.CaughtUp, 1L, 2, 3), (described!.Standing, described.LastSync, described.Subscriptions, described.FollowedTopics));
        Assert.Equal([Given.Interface("x.Y"), Given.Application("billing")], described.Topics);
    }

    [Fact]
    public void NoMoreTopicsAreCopied_ThanAreWanted()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch([.. Enumerable.Range(0, 50).Select(i => Given.Application($"a-{i}"))]);

        var described = Ask(driven, client.Stream, maxTopics: 10);

        Assert.Equal((50, 10), (described!.Subscriptions, described.Topics.Length));
    }

    [Fact]
    public void BatchThatHasNotGoneOut_IsCatchingUp_AndStalledAfterABookmarkInterval()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();
        client.Sink.IsGated = true;
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        driven.Pump.Run();

        Assert.Equal(WatchStanding.CatchingUp, Ask(driven, client.Stream)!.Standing);
        driven.Clock.Advance(driven.Registry.Options.Watching.BookmarkInterval);
        Assert.Equal(WatchStanding.Stalled, Ask(driven, client.Stream)!.Standing);
        client.Sink.Release();
        Assert.Equal(WatchStanding.CaughtUp, Ask(driven, client.Stream)!.Standing);
    }

    [Fact]
    public void StreamThatIsOver_IsNotDescribed()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("orders"));
        client.Close();

        Assert.Null(Ask(driven, client.Stream));
    }

    [Fact]
    public void Question_MakesNoBatch()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();

        Ask(driven, client.Stream);

        Assert.Empty(client.Receive());
    }

    private static WatchDescription? Ask(DrivenRegistry driven, WatchStream stream, int maxTopics = 100)
    {
        var answer = stream.DescribeAsync(maxTopics, CancellationToken.None);
        driven.Pump.Run();
        Assert.True(answer.IsCompletedSuccessfully, "the pump has answered");
#pragma warning disable VSTHRD002 // It is complete.
        return answer.Result;
#pragma warning restore VSTHRD002
    }
}
