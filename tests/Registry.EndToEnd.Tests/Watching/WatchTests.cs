using Grpc.Core;
using Registry.Protocol.V1;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>The promises of discovery.proto to one stream. Those that hold for every message are checked by <see cref="Follower"/>.</summary>
public sealed class WatchTests : WatchServerTest
{
    protected override IReadOnlyDictionary<string, string?> Options => new Dictionary<string, string?> { ["Watching:TopicsPerStream"] = "10" };

    [Fact]
    public async Task FirstAnswer_ComesAtOnce_AlsoAboutWhatIsNotThere()
    {
        var registered = await RegisterAsync(await GrantAsync(), "orders", "a", "x.X");
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"), Follower.Interface("y.Y"), Follower.Application("nobody"));
        await follower.UntilAsync("first answer", "four topics", f => f.Held.Count == 4);
        Assert.Equal(1, follower.Syncs);
        Assert.Equal(registered.Revision, follower.Revision);
        Assert.Equal(registered.Epoch, follower.Token!.Epoch);
        Assert.Equal(new ulong[] { 1, 2, 3 }, follower.Subscribed.Order());
        Assert.True(follower.Held[Follower.Interface("y.Y")].Absent);
        Assert.True(follower.Held[Follower.Application("nobody")].Absent);
        Assert.Equal([Declare.BuildId("x.X")], ((MappedApplication)follower.Held[Follower.Interface("x.X")].Items["orders"]).BuildIds);
        await AssertSameAsReadAsync("orders", follower);
    }

    [Fact]
    public async Task NoSubscriptionAtAll_GetsItsSync()
    {
        await using var follower = Follower.Open(Discovery);
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs == 1);
        Assert.Equal(0, follower.Revision);
    }

    [Fact]
    public async Task Change_ComesAsADelta()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a");
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await follower.UntilAsync("first answer", "orders", f => f.Held.Count == 1);

        await follower.ReachesAsync((await RegisterAsync(lease, "orders", "b")).Revision);
        var updated = await Registration.UpdateAsync(new UpdateRequest { Application = "orders", Instances = { new InstancePatch { Id = "a", Weight = 1 } } });
        await follower.ReachesAsync(updated.Revision);
        var removed = await Registration.DeregisterAsync(new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = "b" } } });
        await follower.ReachesAsync(removed.Revision);
        Assert.Equal(1, follower.Snapshots);
        Assert.Equal(3, follower.Deltas);
        await AssertSameAsReadAsync("orders", follower);

        // The whole topic goes, which a step can't say; and comes back.
        await follower.ReachesAsync((await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease })).Revision);
        Assert.True(follower.Held[Follower.Application("orders")].Absent);
        await follower.ReachesAsync((await RegisterAsync(await GrantAsync(), "orders", "c")).Revision);
        Assert.Equal(3, follower.Snapshots);
        await AssertSameAsReadAsync("orders", follower);
    }

    [Fact]
    public async Task Interface_BringsItsApplications_AndLetsGoOfThem()
    {
        var lease = await GrantAsync();
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"), Follower.Interface("y.Y"));
        await follower.UntilAsync("first answer", "two mappings", f => f.Held.Count == 2);

        await follower.ReachesAsync((await RegisterAsync(lease, "orders", "a", "x.X", "y.Y")).Revision);
        Assert.Single(follower.Instances("orders"));

        // One reason of two goes: the application stays.
        await follower.UnsubscribeAsync(1);
        await follower.UntilAsync("unsubscribe", "its acknowledgement", f => f.Unsubscribed.Contains(1));
        Assert.Equal([Follower.Interface("x.X")], follower.Dropped);
        Assert.Single(follower.Instances("orders"));

        // The other goes by the registry's change: the build leaves the mapping.
        await Registration.UpdateAsync(new UpdateRequest { Application = "orders", Instances = { new InstancePatch { Id = "a", BuildId = "" } } });
        var withdrawn = await Registration.WithdrawBuildsAsync(new WithdrawBuildsRequest { Application = "orders", BuildIds = { Declare.BuildId("x.X", "y.Y") } });
        await follower.ReachesAsync(withdrawn.Revision);
        Assert.Contains(Follower.Application("orders"), follower.Dropped);
        Assert.Equal([Follower.Interface("y.Y")], follower.Held.Keys);

        // After that nothing of it is sent.
        var parts = follower.Parts;
        await Registration.UpdateAsync(new UpdateRequest { Application = "orders", Instances = { new InstancePatch { Id = "a", Weight = 9 } } });
        var marker = await RegisterAsync(lease, "other", "a", "y.Y");
        await follower.ReachesAsync(marker.Revision);
        Assert.Equal(parts + 2, follower.Parts);
    }

    [Fact]
    public async Task SameTopicTwice_IsFollowedUntilTheLastSubscriptionGoes()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a");
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"), Follower.Application("orders"));
        await follower.UntilAsync("first answer", "both acknowledged", f => f.Subscribed.Count == 2);
        Assert.Equal(1, follower.Snapshots);
        await follower.UnsubscribeAsync(1);
        await follower.ReachesAsync((await RegisterAsync(lease, "orders", "b")).Revision);
        Assert.Empty(follower.Dropped);
        await follower.UnsubscribeAsync(2);
        await follower.UntilAsync("unsubscribe", "the topic dropped", f => f.Dropped.Count == 1);
    }

    [Fact]
    public async Task SubscribeAndUnsubscribe_AreAcknowledgedOnce_UnknownOnesToo()
    {
        await using var follower = Follower.Open(Discovery);
        var id = await follower.SubscribeAsync(Follower.Application("orders"));
        await follower.UntilAsync("subscribe", "its acknowledgement", f => f.Subscribed.Contains(id));
        await follower.UnsubscribeAsync(id);
        await follower.UnsubscribeAsync(id);
        await follower.UnsubscribeAsync(77);
        await follower.UntilAsync("unsubscribe", "two acknowledgements", f => f.Unsubscribed.IsSupersetOf([id, 77]));
        await WatchesBecomeAsync("subscriptions", 0);
    }

    [Fact]
    public async Task BadName_EndsItsSubscription_AndTheStreamLives()
    {
        await using var follower = Follower.Open(Discovery, Follower.Application("a/b"), Follower.Interface("x..X"), Follower.Application("orders", "no space"), Follower.Application("orders"));
        await follower.UntilAsync("first answer", "the good one", f => f.Subscribed.Contains(4));
        var bad = await follower.SubscribeAsync(Follower.Interface("\ufffd\0"));
        await follower.UntilAsync("bad subscribe", "its end", f => f.SubscriptionsEnded.ContainsKey(bad));
        Assert.Equal(new ulong[] { 1, 2, 3, bad }, follower.SubscriptionsEnded.Keys.Order());
        Assert.All(follower.SubscriptionsEnded.Values, ended => Assert.Equal(((int)StatusCode.InvalidArgument, "INVALID_FIELD"), (ended.Code, ended.Reason)));
        Assert.Contains("subscribe.namespace", follower.SubscriptionsEnded[3].Message, StringComparison.Ordinal);
        await follower.ReachesAsync((await RegisterAsync(await GrantAsync(), "orders", "a")).Revision);
        Assert.Single(follower.Instances("orders"));
    }

    [Fact]
    public async Task TooManyTopics_EndTheSubscriptionThatBringsThem_AndTheStreamLives()
    {
        var lease = await GrantAsync();
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"), Follower.Application("orders"));
        for (var i = 0; i < 8; i++)
            await follower.ReachesAsync((await RegisterAsync(lease, $"app-{i}", "a", "x.X")).Revision);
        Assert.Equal(10, follower.Held.Count);

        // Asked for: one more than the limit.
        var third = await follower.SubscribeAsync(Follower.Application("one-more"));
        await follower.UntilAsync("subscribe beyond the limit", "its end", f => f.SubscriptionsEnded.ContainsKey(third));
        Assert.Equal(((int)StatusCode.ResourceExhausted, "LIMIT_TOPICS"), (follower.SubscriptionsEnded[third].Code, follower.SubscriptionsEnded[third].Reason));
        Assert.Equal(10, follower.Held.Count);

        // Dragged in: the mapping grows by one.
        await follower.ReachesAsync((await RegisterAsync(lease, "app-8", "a", "x.X")).Revision);
        Assert.Equal("LIMIT_TOPICS", follower.SubscriptionsEnded[1].Reason);
        Assert.Equal([Follower.Application("orders")], follower.Held.Keys);
        await follower.ReachesAsync((await RegisterAsync(lease, "orders", "a")).Revision);
        Assert.Single(follower.Instances("orders"));
        Assert.Equal(1, await WatchesAsync("subscriptions"));
    }

    [Fact]
    public async Task TooManySubscriptionsToOneTopic_AreEndedToo()
    {
        await using var follower = Follower.Open(Discovery, [.. Enumerable.Repeat(Follower.Application("orders"), 11)]);
        await follower.UntilAsync("first answer", "ten of eleven", f => f.Subscribed.Count + f.SubscriptionsEnded.Count == 11);
        Assert.Equal("LIMIT_TOPICS", Assert.Single(follower.SubscriptionsEnded).Value.Reason);
        await follower.UnsubscribeAsync(1);
        var id = await follower.SubscribeAsync(Follower.Application("orders"));
        await follower.UntilAsync("subscribe after one went", "its acknowledgement", f => f.Subscribed.Contains(id));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    [InlineData(0)]
    public async Task SubscriptionIdThatDoesNotGrow_EndsTheStream(ulong id)
    {
        await using var follower = Follower.Open(Discovery, new Open { Subscriptions = { Follower.SubscribeTo(5, Follower.Application("orders")) } });
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs > 0);
        await follower.SendAsync(new WatchRequest { Subscribe = Follower.SubscribeTo(id, Follower.Application("payments")) });
        await AssertEndsAsync(follower, StatusCode.InvalidArgument, "SUBSCRIPTION_ID_REUSED", "subscribe.id");
    }

    [Fact]
    public async Task SecondOpen_EndsTheStream()
    {
        await using var follower = Follower.Open(Discovery);
        await follower.SendAsync(new WatchRequest { Open = new Open() });
        await AssertEndsAsync(follower, StatusCode.InvalidArgument, "INVALID_FIELD", "open");
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\u001b[2J")]
    [InlineData("a\u202eb")]
    [InlineData("\ufffd")]
    public async Task ClientThatCallsItselfWhatNoLogShouldShow_IsRefused(string name)
    {
        await using var follower = Follower.Open(Discovery, new Open { Client = name });
        await AssertEndsAsync(follower, StatusCode.InvalidArgument, "INVALID_FIELD", "open.client");
    }

    [Fact]
    public async Task OpenWithWhatIsOutOfBounds_IsRefusedWithTheField()
    {
        await using var longName = Follower.Open(Discovery, new Open { Client = new string('a', 129) });
        await AssertEndsAsync(longName, StatusCode.InvalidArgument, "INVALID_FIELD", "open.client");
        await using var negative = Follower.Open(Discovery, new Open { Token = new ResumeToken { Epoch = "e", Revision = -1 } });
        await AssertEndsAsync(negative, StatusCode.InvalidArgument, "INVALID_FIELD", "open.token.revision");
        await using var nothing = Follower.Open(Discovery, new Open { Subscriptions = { new Subscribe { Id = 1 } } });
        await AssertEndsAsync(nothing, StatusCode.InvalidArgument, "INVALID_FIELD", "open.subscriptions[0]");
        await using var held = Follower.Open(Discovery, new Open { Token = new ResumeToken(), Held = { new Topic() } });
        await AssertEndsAsync(held, StatusCode.InvalidArgument, "INVALID_FIELD", "open.held[0]");
    }

    [Fact]
    public async Task FirstMessageThatIsNotOpen_EndsTheStream()
    {
        using var call = Discovery.Watch();
        await call.RequestStream.WriteAsync(new WatchRequest { Unsubscribe = new Unsubscribe { Id = 1 } });
        await RefusedAsync(call.ResponseStream.MoveNext(), StatusCode.InvalidArgument, "INVALID_FIELD", "open");
        using var silent = Discovery.Watch();
        await silent.RequestStream.CompleteAsync();
        await RefusedAsync(silent.ResponseStream.MoveNext(), StatusCode.InvalidArgument, "INVALID_FIELD", "open");
    }

    [Fact]
    public async Task TokenOfTheFuture_IsOutOfRange()
    {
        var registered = await RegisterAsync(await GrantAsync(), "orders", "a");
        await using var follower = Follower.Open(Discovery, new Open { Token = new ResumeToken { Epoch = registered.Epoch, Revision = registered.Revision + 1 } });
        await AssertEndsAsync(follower, StatusCode.OutOfRange, "REVISION_IN_FUTURE", "open.token.revision");
    }

    [Fact]
    public async Task ClientThatHasNothingMoreToAsk_GoesOnListening()
    {
        var lease = await GrantAsync();
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs > 0);
        await follower.CompleteRequestsAsync();
        for (var i = 0; i < 10; i++)
            await follower.ReachesAsync((await RegisterAsync(lease, "orders", $"i{i}")).Revision);
        await AssertSameAsReadAsync("orders", follower);
    }

    [Fact]
    public async Task RequestedSnapshot_ComesInTheNextBatch()
    {
        await RegisterAsync(await GrantAsync(), "orders", "a");
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs > 0);
        await follower.SendAsync(new WatchRequest { RequestSnapshot = new RequestSnapshot { Topic = Follower.Application("orders") } });
        await follower.UntilAsync("requested snapshot", "a second one", f => f.Snapshots == 2);
        var syncs = follower.Syncs;
        await follower.SendAsync(new WatchRequest { RequestSnapshot = new RequestSnapshot { Topic = Follower.Application("not-followed") } });
        await follower.UntilAsync("snapshot of what is not followed", "a batch", f => f.Syncs > syncs);
        Assert.Equal(2, follower.Snapshots);
    }

    [Fact]
    public async Task FiveHundredStreamsCameAndWent_NothingIsLeft()
    {
        await RegisterAsync(await GrantAsync(), "orders", "a", "x.X");
        for (var round = 0; round < 25; round++)
        {
            var followers = Enumerable.Range(0, 20).Select(_ => Follower.Open(Discovery, Follower.Interface("x.X"))).ToArray();
            foreach (var follower in followers)
            {
                // Some leave before the first answer.
                if (round % 3 != 0)
                    await follower.UntilAsync($"round {round}", "a Sync", f => f.Syncs > 0);
                await follower.DisposeAsync();
            }
        }

        await WatchesBecomeAsync("streams", 0);
        await WatchesBecomeAsync("subscriptions", 0);
    }

    [Fact]
    public async Task SubscribingAndUnsubscribingInARow_WhileEverythingChanges_EndsWhereTheServerStands()
    {
        // One writer per topic, one stream that comes and goes: the seam between what is read and what is told.
        var lease = await GrantAsync();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(async w =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                if (i % 5 == 4)
                    await Registration.DeregisterAsync(new DeregisterRequest { Application = $"app-{w}", Instances = { new InstanceRef { Id = "a" } } });
                else
                    await Registration.RegisterAsync(new RegisterRequest { Application = $"app-{w}", LeaseId = lease, Instances = { Declare.Instance("a", port: (uint)(i % 60_000) + 1) } });
            }
        }).ToArray();

        await using var follower = Follower.Open(Discovery);
        for (var round = 0; round < 200; round++)
        {
            var id = await follower.SubscribeAsync(Follower.Application($"app-{round % 4}"));
            await follower.UntilAsync($"round {round}", "the acknowledgement", f => f.Subscribed.Contains(id));
            if (round < 196)
                await follower.UnsubscribeAsync(id);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await follower.ReachesAsync(await RevisionAsync());
        Assert.Equal(4, follower.Held.Count);
        foreach (var w in Enumerable.Range(0, 4).Where(w => !follower.Held[Follower.Application($"app-{w}")].Absent))
            await AssertSameAsReadAsync($"app-{w}", follower);
    }

    private static async Task AssertEndsAsync(Follower follower, StatusCode status, string reason, string field)
    {
        var end = Assert.IsType<RpcException>(await Within.DeadlineAsync(follower.Ended, "stream", $"its end with {status}", follower.ToString));
        await RefusedAsync(Task.FromException(end), status, reason, field);
    }
}
