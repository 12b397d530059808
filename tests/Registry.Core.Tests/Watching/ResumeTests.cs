using Registry.Core.Instances;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>Going on from the last Sync: what did not change is not sent again, and nothing is missed.</summary>
public sealed class ResumeTests
{
    [Fact]
    public void Resume_OfWhatDidNotChange_SendsNothingOfIt()
    {
        using var driven = new DrivenRegistry();
        var before = Seen(driven, out _);

        var client = driven.Resume(before.View, Given.Interface("x.Y"));

        Assert.Equal([WatchItemKind.Subscribed], client.ReceiveOne().Select(i => i.Kind));
        Assert.Equal(2, driven.Registry.WatchCounters.UnchangedOnResumeTotal);
        Assert.Equal(2, client.View.Held.Count);
    }

    [Fact]
    public void Resume_AfterAChange_SendsTheStepOfThatTopicAlone()
    {
        using var driven = new DrivenRegistry();
        var before = Seen(driven, out var lease);
        driven.Register(lease, "orders", Given.Instance("b"));

        var client = driven.Resume(before.View, Given.Interface("x.Y"));

        Assert.Equal("orders", Assert.IsType<ApplicationDelta>(Assert.Single(client.ReceiveOne(), i => i.Message is not null).Message).Topic.Name.Name);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Resume_AndThenAChange_GetsADeltaOnWhatWasHeld()
    {
        using var driven = new DrivenRegistry();
        var before = Seen(driven, out var lease);
        var client = driven.Resume(before.View, Given.Interface("x.Y"));
        client.Receive();

        driven.Register(lease, "orders", Given.Instance("b"));

        Assert.IsType<ApplicationDelta>(Assert.Single(client.ReceiveOne()).Message);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Resume_WithAChangeThatThePumpHasNotPassed_MissesNothing()
    {
        using var driven = new DrivenRegistry();
        var before = Seen(driven, out var lease);
        var client = driven.Resume(before.View, Given.Interface("x.Y"));
        driven.Register(lease, "orders", Given.Instance("b"));
        driven.Register(lease, "orders", Given.Instance("c"));

        client.Receive();

        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
        Assert.Equal(driven.Registry.Revision, client.View.Sync);
    }

    [Fact]
    public void Held_AndFollowedNoMore_IsDropped()
    {
        using var driven = new DrivenRegistry();
        var before = Seen(driven, out _);

        var client = driven.Resume(before.View, Given.Application("orders"));

        var items = client.ReceiveOne();
        Assert.Equal([Given.Interface("x.Y")], items.Where(i => i.Kind == WatchItemKind.Dropped).Select(i => i.DroppedTopic));
        Assert.Equal(2, items.Count);
        Assert.Equal([Given.Application("orders")], client.View.Held);
    }

    [Fact]
    public void Held_AndItsMappingLost_IsDropped()
    {
        using var driven = new DrivenRegistry();
        driven.Declare("orders", ["x.Y"]);
        driven.Declare("billing", ["x.Y"]);
        var before = driven.Watch(Given.Interface("x.Y"));
        before.Receive();
        before.Close();
        driven.Withdraw("orders", ["x.Y"]);

        var client = driven.Resume(before.View, Given.Interface("x.Y"));

        Assert.Equal(Given.Application("orders"), Assert.Single(client.ReceiveOne(), i => i.Kind == WatchItemKind.Dropped).DroppedTopic);
    }

    [Fact]
    public void Followed_AndNotHeld_IsToldWhole()
    {
        using var driven = new DrivenRegistry();
        var before = Seen(driven, out _);

        var client = driven.Resume(before.View, Given.Interface("x.Y"), Given.Interface("x.Other"));

        Assert.Equal(Given.Interface("x.Other"), Assert.IsAssignableFrom<TopicSnapshot>(Assert.Single(client.ReceiveOne(), i => i.Message is not null).Message).Topic);
    }

    [Fact]
    public void Held_AndGoneSince_IsToldAbsent()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        var before = driven.Watch(Given.Application("orders"));
        before.Receive();
        before.Close();
        driven.Deregister("orders", "a");
        driven.Pump.Run();

        var client = driven.Resume(before.View, Given.Application("orders"));

        Assert.True(Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne(), i => i.Message is not null).Message).IsAbsent);
        Assert.Empty(client.View.Find(Given.Application("orders"))!.Instances);
    }

    [Fact]
    public void UnknownEpoch_GetsEverythingWhole_AndWhatIsNotFollowedIsDropped()
    {
        using var driven = new DrivenRegistry();
        Seen(driven, out _);
        var opening = new WatchOpening { Epoch = "another", Revision = 1_000_000, Held = [Given.Interface("x.Y"), Given.Application("gone")] };
        var sink = new RecordingSink();

        sink.Open(driven.Registry, opening with { Subscriptions = [(1, Given.Interface("x.Y"))] });
        driven.Pump.Run();

        Assert.Equal(2, sink.Last.Items.Count(i => i.Message is TopicSnapshot));
        Assert.Equal(Given.Application("gone"), Assert.Single(sink.Last.Items, i => i.Kind == WatchItemKind.Dropped).DroppedTopic);
        Assert.Equal(driven.Registry.Revision, sink.Last.Revision);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(long.MaxValue / 2)]
    public void RevisionInTheFuture_IsOutOfRange_AndNothingIsSent(long ahead)
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        var sink = new RecordingSink();

        sink.Open(driven.Registry, new WatchOpening { Epoch = driven.Registry.Epoch, Revision = driven.Registry.Revision + ahead, Subscriptions = [(1, Given.Application("orders"))] });
        driven.Pump.Run();
        driven.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal((ErrorKind.OutOfRange, ErrorReasons.RevisionInFuture), (sink.Abortion!.Kind, sink.Abortion.Reason));
        Assert.Empty(sink.Batches);
        Assert.Equal((0, 0), (driven.Registry.Pump.FeedCount, driven.Registry.WatchCounters.Streams));
    }

    [Fact]
    public void Resume_AtARevisionThatThePumpHasNotReached_DoesNotFallBehindIt()
    {
        // A resolve answers at the published revision, and a watch goes on from it: its first Sync must not be older.
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        var token = driven.Registry.Revision;

        var sink = new RecordingSink();
        sink.Open(driven.Registry, new WatchOpening { Epoch = driven.Registry.Epoch, Revision = token });
        driven.Pump.Run();

        Assert.All(sink.Batches, b => Assert.True(b.Revision >= token));
        Assert.NotEmpty(sink.Batches);
    }

    [Fact]
    public void Resume_AheadOfThePump_IsNotToldAgainWhatItHolds()
    {
        // What was read at the published revision, the pump passes later: these changes are in what the client holds.
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Register(lease, "orders", Given.Instance("b"));

        var sink = new RecordingSink();
        sink.Open(driven.Registry, new WatchOpening
        {
            Epoch = driven.Registry.Epoch,
            Revision = driven.Registry.Revision,
            Held = [Given.Application("orders")],
            Subscriptions = [(1, Given.Application("orders"))],
        });
        driven.Pump.Run();

        Assert.DoesNotContain(sink.Batches, b => b.Items.Any(i => i.Message is not null));
        Assert.Equal(driven.Registry.Revision, sink.Last.Revision);
    }

    private static DrivenClient Seen(DrivenRegistry driven, out Registry.Core.Leases.LeaseId lease)
    {
        lease = driven.Grant();
        driven.Serve(lease, "orders", "a", "x.Y");
        var client = driven.Watch(Given.Interface("x.Y"));
        client.Receive();
        client.Close();
        return client;
    }
}
