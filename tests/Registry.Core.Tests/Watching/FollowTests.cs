using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>What a stream that is read is told. Every client's view is checked against discovery.proto batch by batch.</summary>
public sealed class FollowTests
{
    [Fact]
    public void FirstAnswer_ComesAtOnce_WithoutSubscriptionsToo()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");

        var batch = Assert.Single(driven.Watch().Receive());

        Assert.Empty(batch.Items);
        Assert.Equal(driven.Registry.Revision, batch.Revision);
    }

    [Fact]
    public void Interface_BringsItsMappingAndItsApplications_InOneBatch()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");
        driven.Serve(driven.Grant(), "billing", "b", "x.Y", "x.Z");

        var client = driven.Watch(Given.Interface("x.Y"));
        var items = client.ReceiveOne();

        Assert.Equal(WatchItemKind.Subscribed, items[0].Kind);
        Assert.Equal(4, items.Count);
        Assert.Equal([Given.Application("billing"), Given.Application("orders"), Given.Interface("x.Y")], client.View.Held.OrderBy(t => $"{t}", StringComparer.Ordinal));
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Absent_Topic_IsAnEmptySnapshotAndNotSilence()
    {
        using var driven = new DrivenRegistry();

        var items = driven.Watch(Given.Interface("x.Y"), Given.Application("orders")).ReceiveOne();

        var messages = items.Where(i => i.Kind == WatchItemKind.Topic).Select(i => (TopicSnapshot)i.Message!).ToArray();
        Assert.Equal(2, messages.Length);
        Assert.All(messages, m => Assert.True(m is { IsAbsent: true, Revision: 0, Count: 0 }));
        Assert.Equal((0, 0), (driven.Registry.Applications.CountEntries(), driven.Registry.Interfaces.CountEntries()));
    }

    [Fact]
    public void AbsentName_ThatManyFollow_IsOneObjectForAll()
    {
        using var driven = new DrivenRegistry();
        var (first, second) = (driven.Watch(Given.Application("orders")), driven.Watch(Given.Application("orders")));

        Assert.Same(first.ReceiveOne()[1].Message, second.ReceiveOne()[1].Message);
    }

    [Fact]
    public void KeepingUp_GetsEachChangeAsTheSharedDelta()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        var (first, second) = (driven.Watch(Given.Application("orders")), driven.Watch(Given.Application("orders")));
        first.Receive();
        second.Receive();

        for (var i = 0; i < 5; i++)
        {
            var revision = driven.Register(lease, "orders", Given.Instance("b", 1000 + i)).Revision;
            var delta = Assert.IsType<ApplicationDelta>(Assert.Single(first.ReceiveOne()).Message);
            Assert.Equal((revision - 1, revision), (delta.From, delta.To));
            Assert.Equal("b", Assert.Single(delta.Upserts).Id);
            Assert.Same(delta, Assert.Single(second.ReceiveOne()).Message);
        }

        driven.Deregister("orders", "b");
        Assert.Equal(["b"], Assert.IsType<ApplicationDelta>(Assert.Single(first.ReceiveOne()).Message).Removals);
        Assert.Empty(first.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Lagging_IsConflatedToTheNewestState()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var client = driven.Watch(Given.Application("orders"), Given.Application("billing"));
        client.Receive();

        for (var i = 0; i < 10; i++)
            driven.Register(lease, "orders", Given.Instance("a", 1000 + i));
        var last = driven.Register(lease, "billing", Given.Instance("a"));

        var batch = Assert.Single(client.Receive());
        Assert.Equal(last.Revision, batch.Revision);
        Assert.Equal(2, batch.Items.Count);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void OneBatchInFlight_PerStream_AndTheNextOneHoldsAllThatCameMeanwhile()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var client = driven.Watch(Given.Application("orders"));
        client.Sink.IsGated = true;
        Assert.Single(client.Receive());

        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Register(lease, "orders", Given.Instance("b"));
        Assert.Empty(client.Receive());
        client.Sink.Release();

        Assert.Single(client.Receive());
        Assert.Equal(2, client.View.Find(Given.Application("orders"))!.Instances.Count);
        client.Sink.Release();
        Assert.Empty(client.Receive());
        client.Sink.IsGated = false;
        driven.Register(lease, "orders", Given.Instance("c"));
        Assert.IsType<ApplicationDelta>(Assert.Single(client.ReceiveOne()).Message);
    }

    [Fact]
    public void FiftyInterfaces_ThatAppearAtOnce_AppearInOneSync()
    {
        using var driven = new DrivenRegistry();
        string[] names = [.. Enumerable.Range(0, 50).Select(i => $"x.I{i:00}")];
        var client = driven.Watch([.. names.Select(Given.Interface)]);
        client.Receive();

        var registered = driven.Serve(driven.Grant(), "orders", "a", names);

        var batch = Assert.Single(client.Receive());
        Assert.Equal((registered.Revision, 51), (batch.Revision, batch.Items.Count));
        Assert.All(names, name => Assert.Equal(registered.Revision, driven.Registry.ReadInterface(Given.Name(name)).Revision));
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Application_IsDropped_ExactlyWhenItsLastReasonGoes()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y", "x.Z");
        var client = driven.Watch(Given.Interface("x.Y"), Given.Interface("x.Z"), Given.Application("orders"));
        client.Receive();

        client.Unsubscribe(1);
        Assert.Equal([Given.Interface("x.Y")], Dropped(client));
        client.Unsubscribe(3);
        Assert.Empty(Dropped(client));
        client.Unsubscribe(2);
        Assert.Equal([Given.Interface("x.Z"), Given.Application("orders")], Dropped(client).OrderBy(t => t.Kind));
        Assert.Empty(client.View.Held);
    }

    [Fact]
    public void Application_FollowedByTwoSubscriptions_StaysUntilBothHaveEnded()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("orders"), Given.Application("orders"));
        client.Receive();

        client.Unsubscribe(1);
        Assert.Empty(Dropped(client));
        client.Unsubscribe(2);
        Assert.Equal([Given.Application("orders")], Dropped(client));
    }

    [Fact]
    public void Mapping_ThatChanges_BringsApplicationsAndReleasesThem()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Interface("x.Y"));
        client.Receive();

        driven.Declare("orders", ["x.Y"]);
        client.ReceiveOne();
        Assert.Contains(Given.Application("orders"), client.View.Held);

        driven.Declare("billing", ["x.Y"]);
        Assert.IsType<MappingDelta>(client.ReceiveOne().Single(i => i.Message is TopicDelta).Message);
        Assert.Contains(Given.Application("billing"), client.View.Held);

        driven.Withdraw("orders", ["x.Y"]);
        Assert.Equal([Given.Application("orders")], Dropped(client));

        driven.Withdraw("billing", ["x.Y"]);
        Assert.Equal([Given.Application("billing")], Dropped(client));
        Assert.Equal([Given.Interface("x.Y")], client.View.Held);
        Assert.Empty(client.View.Find(Given.Interface("x.Y"))!.Mapped);
    }

    [Fact]
    public void Mapping_InAnotherNamespace_BringsTheApplicationOfThatNamespace()
    {
        using var driven = new DrivenRegistry();
        var name = new QualifiedName("other", "orders");
        driven.Do(new Registry.Core.Changes.Commands.DeclareBuildsCommand(name, "", [Given.Build("x.Y")]));
        driven.Declare("orders", ["x.Y"]);

        var client = driven.Watch(Topic.OfInterface(new QualifiedName("other", "x.Y")));
        client.Receive();

        Assert.Contains(Topic.OfApplication(name), client.View.Held);
        Assert.Equal(2, client.View.Held.Count);
    }

    [Fact]
    public void Topic_DroppedAndFollowedAgain_WithinOneBatch_IsToldWholeAndNotDropped()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();

        client.Unsubscribe(1);
        client.Subscribe(Given.Application("orders"));

        var items = client.ReceiveOne();
        Assert.Equal([WatchItemKind.Unsubscribed, WatchItemKind.Subscribed, WatchItemKind.Topic], items.Select(i => i.Kind));
        Assert.IsType<ApplicationSnapshot>(items[2].Message);
    }

    [Fact]
    public void Topic_FollowedAndLeftWithinOneBatch_IsNeitherToldNorDropped()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");
        var client = driven.Watch();
        client.Receive();

        client.Unsubscribe(client.Subscribe(Given.Interface("x.Y")));

        Assert.Equal([WatchItemKind.Subscribed, WatchItemKind.Unsubscribed], client.ReceiveOne().Select(i => i.Kind));
        Assert.Equal(0, driven.Registry.Pump.FeedCount);
    }

    [Fact]
    public void Topic_LeftWhileItsChangeWaits_IsDroppedAndNothingOfItIsSent()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var client = driven.Watch(Given.Application("orders"));
        client.Sink.IsGated = true;
        client.Receive();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Pump.Run();

        client.Unsubscribe(1);
        client.Sink.Release();

        Assert.Equal([WatchItemKind.Unsubscribed, WatchItemKind.Dropped], client.ReceiveOne().Select(i => i.Kind));
        driven.Register(lease, "orders", Given.Instance("b"));
        client.Sink.Release();
        Assert.Empty(client.Receive());
    }

    [Fact]
    public void Name_ThatGoesAndComesAgain_IsToldAbsentAndThenWhole()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();

        var gone = driven.Deregister("orders", "a");
        Assert.True(Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne()).Message) is { IsAbsent: true } absent && absent.Revision == gone.Revision);
        Assert.Equal(0, driven.Registry.Applications.CountEntries());
        driven.Register(lease, "orders", Given.Instance("a"));
        Assert.False(Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne()).Message).IsAbsent);

        driven.Deregister("orders", "a");
        driven.Register(lease, "orders", Given.Instance("b"));
        Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne()).Message);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void NewFollower_OfANameThatWentWhileThePumpSlept_IsNotToldAbsentTooEarly()
    {
        // The table knows already that the name is gone; the pump's revision is one at which it was there. The batch must wait.
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Pump.Run();

        // More changes than the pump takes in one round.
        for (var port = 1; port <= 2_000; port++)
            driven.Register(lease, "billing", Given.Instance("a", port));
        var gone = driven.Deregister("orders", "a");

        var batches = driven.Watch(Given.Application("orders"), Given.Application("billing")).Receive();

        Assert.All(batches, batch => Assert.True(batch.Revision >= gone.Revision));
        Assert.Single(batches);
    }

    [Fact]
    public void NewFollower_OfANameThatWentFarAheadOfThePump_IsNotToldAbsentTooEarly()
    {
        // As above, with more changes before than the pump takes in one round: a batch could open half way, where the name was there.
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Pump.Run();
        for (var i = 0; i < 1_500; i++)
            driven.Register(lease, "billing", Given.Instance("a", 1 + i));
        var gone = driven.Deregister("orders", "a");

        var batches = driven.Watch(Given.Application("orders")).Receive();

        Assert.All(batches, b => Assert.True(b.Revision >= gone.Revision, $"absent at {b.Revision}, and it went at {gone.Revision}"));
        Assert.NotEmpty(batches);
    }

    [Fact]
    public void RequestSnapshot_BringsOneInTheNextBatch_IfTheTopicIsFollowed()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();

        client.RequestSnapshot(Given.Application("orders"));
        Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne()).Message);
        client.RequestSnapshot(Given.Application("billing"));
        Assert.Empty(client.ReceiveOne());
    }

    [Fact]
    public void BuildsAlone_MoveTheApplicationsRevision_WithAnEmptyStep()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();

        var declared = driven.Declare("orders", ["x.Y"]);

        var delta = Assert.IsType<ApplicationDelta>(Assert.Single(client.ReceiveOne()).Message);
        Assert.Equal((declared.Revision, 0, 0), (delta.To, delta.Upserts.Length, delta.Removals.Length));
    }

    [Fact]
    public void TenThousandSubscribersThatLeave_LeaveNothingBehind()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");
        driven.Pump.Run();
        var entries = (driven.Registry.Applications.CountEntries(), driven.Registry.Interfaces.CountEntries());

        for (var i = 0; i < 10_000; i++)
        {
            var client = driven.Watch(Given.Interface(i % 2 == 0 ? "x.Y" : $"unknown.I{i}"), Given.Application($"unknown{i}"));
            driven.Pump.Run();
            if (i % 3 == 0)
                client.Unsubscribe(1);
            client.Close();
        }

        Assert.Equal(0, driven.Registry.Pump.FeedCount);
        Assert.Equal(entries, (driven.Registry.Applications.CountEntries(), driven.Registry.Interfaces.CountEntries()));
        Assert.Equal((0, 0), (driven.Registry.WatchCounters.Streams, driven.Registry.WatchCounters.Subscriptions));
    }

    private static Topic[] Dropped(DrivenClient client) =>
        [.. client.ReceiveOne().Where(i => i.Kind == WatchItemKind.Dropped).Select(i => i.DroppedTopic)];
}
