using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>Who lags or comes back is told by the steps that it misses, while they are kept and are less than the whole.</summary>
public sealed class WindowTests
{
    private const int Many = 40;

    private static readonly Topic Orders = Given.Application("orders");

    [Fact]
    public void Lagging_WithinTheWindow_GetsTheStepsItMisses_TheSameObjectsAsThoseWhoKeptUp()
    {
        using var driven = new DrivenRegistry();
        var lease = WithManyInstances(driven);
        var quick = Following(driven);
        var slow = Following(driven);
        slow.Sink.IsGated = true;

        var told = Enumerable.Range(0, 5).Select(i => Change(driven, lease, i, quick)).ToList();
        slow.Receive();
        slow.Sink.IsGated = false;
        slow.Sink.Release();
        var caughtUp = slow.ReceiveOne();

        // The first change was in flight; the other four are its next batch, step by step.
        Assert.Equal(told[1..], caughtUp.Select(i => i.Message));
        Assert.Empty(slow.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Lagging_BehindTheWindow_GetsTheWhole()
    {
        using var driven = new DrivenRegistry(o => o.Watching.WindowBytes = 2_000);
        var lease = WithManyInstances(driven);
        var slow = Following(driven);
        slow.Sink.IsGated = true;

        for (var i = 0; i < 12; i++)
            Change(driven, lease, i);
        driven.Pump.Run();
        slow.Sink.IsGated = false;
        slow.Sink.Release();

        Assert.IsType<ApplicationSnapshot>(Assert.Single(slow.Receive()[^1].Items).Message);
        Assert.Empty(slow.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Lagging_ByAsManyItemsAsTheWholeHas_GetsTheWhole()
    {
        using var driven = new DrivenRegistry();
        var lease = WithManyInstances(driven);
        var slow = Following(driven);
        slow.Sink.IsGated = true;

        for (var i = 0; i <= Many; i++)
            Change(driven, lease, i % Many, port: 9_000 + i);
        driven.Pump.Run();
        slow.Sink.IsGated = false;
        slow.Sink.Release();

        Assert.IsType<ApplicationSnapshot>(Assert.Single(slow.Receive()[^1].Items).Message);
    }

    [Fact]
    public void Resume_WithinTheWindow_SendsExactlyTheMissingSteps()
    {
        using var driven = new DrivenRegistry();
        var lease = WithManyInstances(driven);
        var other = Following(driven);
        var before = Following(driven);
        before.Close();

        var told = Enumerable.Range(0, 3).Select(i => Change(driven, lease, i, other)).ToList();
        var client = driven.Resume(before.View, Orders);

        Assert.Equal(told, client.ReceiveOne().Where(i => i.Message is not null).Select(i => i.Message));
        Assert.Equal(0, driven.Registry.WatchCounters.UnchangedOnResumeTotal);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Resume_OfWhatNobodyWatchedMeanwhile_SendsTheSteps_WithinTheRetention()
    {
        using var driven = new DrivenRegistry();
        var lease = WithManyInstances(driven);
        var before = Following(driven);
        before.Close();

        Change(driven, lease, 1);
        Change(driven, lease, 2);
        driven.Pump.Run();
        var client = driven.Resume(before.View, Orders);

        Assert.Equal(2, client.ReceiveOne().Count(i => i.Message is ApplicationDelta));
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Topic_ThatNobodyWatches_IsForgottenAfterItsRetention_AndAResumeGetsTheWhole()
    {
        using var driven = new DrivenRegistry(o => o.Leases.DefaultTtl = TimeSpan.FromHours(1));
        var lease = WithManyInstances(driven);
        var before = Following(driven);
        before.Close();
        Assert.Equal((0, 1), (driven.Registry.Pump.FeedCount, driven.Registry.Pump.IdleFeedCount));

        driven.Advance(driven.Registry.Options.Watching.WindowRetention + TimeSpan.FromSeconds(2));
        Assert.Equal(0, driven.Registry.Pump.IdleFeedCount);
        Change(driven, lease, 1);
        driven.Pump.Run();
        var client = driven.Resume(before.View, Orders);

        Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne(), i => i.Message is not null).Message);
    }

    [Fact]
    public void Topic_WatchedAgainWithinItsRetention_IsNotForgotten()
    {
        using var driven = new DrivenRegistry(o => o.Leases.DefaultTtl = TimeSpan.FromHours(1));
        WithManyInstances(driven);
        var retention = driven.Registry.Options.Watching.WindowRetention;
        for (var i = 0; i < 3; i++)
        {
            Following(driven).Close();
            driven.Advance(retention * 0.75);
            Assert.Equal(1, driven.Registry.Pump.IdleFeedCount);
        }

        var last = Following(driven);
        driven.Advance(retention * 2);
        Assert.Equal((1, 0), (driven.Registry.Pump.FeedCount, driven.Registry.Pump.IdleFeedCount));
        last.Close();
    }

    [Fact]
    public void Topic_ThatWentAndCame_IsToldWhole_HoweverMuchIsKept()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        var before = Following(driven);
        before.Close();
        driven.Deregister("orders", "a");
        driven.Register(lease, "orders", Given.Instance("b"));
        driven.Register(lease, "orders", Given.Instance("c"));

        var client = driven.Resume(before.View, Orders);

        Assert.IsType<ApplicationSnapshot>(Assert.Single(client.ReceiveOne(), i => i.Message is not null).Message);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Window_IsBoundedInBytes_OverAllTopics()
    {
        const int Bound = 100_000;
        using var driven = new DrivenRegistry(o => o.Watching.WindowBytes = Bound);
        var lease = driven.Grant(TimeSpan.FromHours(1));
        var watching = Enumerable.Range(0, 20).Select(i => driven.Watch(Given.Application($"app-{i}"))).ToList();
        for (var i = 0; i < 5_000; i++)
        {
            driven.Register(lease, $"app-{i % 20}", Given.Instance("a", port: 1 + i));
            if (i % 100 == 0)
                driven.Pump.Run();
        }

        driven.Pump.Run();
        Assert.InRange(driven.Registry.Pump.WindowBytes, 1, Bound);
        Assert.All(watching, w => Assert.Empty(w.View.DifferencesFrom(driven.Registry)));
    }

    [Fact]
    public void WithoutAWindow_WhoKeepsUpStillGetsSteps()
    {
        using var driven = new DrivenRegistry(o => o.Watching.WindowBytes = 0);
        var lease = WithManyInstances(driven);
        var client = Following(driven);

        Assert.IsType<ApplicationDelta>(Change(driven, lease, 1, client));
        Assert.IsType<ApplicationDelta>(Change(driven, lease, 2, client));
    }

    [Fact]
    public void Mapping_WithinTheWindow_IsToldByItsSteps()
    {
        using var driven = new DrivenRegistry();
        for (var i = 0; i < 10; i++)
            driven.Declare($"app-{i}", ["x.Y"]);
        var before = driven.Watch(Given.Interface("x.Y"));
        before.Receive();
        before.Close();
        driven.Declare("app-a", ["x.Y"]);
        driven.Withdraw("app-3", ["x.Y"]);

        var client = driven.Resume(before.View, Given.Interface("x.Y"));

        var items = client.ReceiveOne();
        Assert.Equal(2, items.Count(i => i.Message?.Topic == Given.Interface("x.Y")));
        Assert.DoesNotContain(items, i => i.Message is TopicSnapshot && i.Message.Topic == Given.Interface("x.Y"));
        Assert.Equal(Given.Application("app-3"), Assert.Single(items, i => i.Kind == WatchItemKind.Dropped).DroppedTopic);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    private static LeaseId WithManyInstances(DrivenRegistry driven)
    {
        var lease = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(lease, "orders", [.. Enumerable.Range(0, Many).Select(i => Given.Instance($"i-{i}"))]);
        return lease;
    }

    private static DrivenClient Following(DrivenRegistry driven)
    {
        var client = driven.Watch(Orders);
        client.Receive();
        return client;
    }

    private static TopicMessage? Change(DrivenRegistry driven, LeaseId lease, int instance, DrivenClient? watching = null, int port = 9_000)
    {
        driven.Register(lease, "orders", Given.Instance($"i-{instance}", port));
        return watching?.ReceiveOne()[0].Message;
    }
}
