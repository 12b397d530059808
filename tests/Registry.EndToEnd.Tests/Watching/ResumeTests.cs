using Grpc.Core;
using Registry.Protocol.V1;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>Going on after a break: what did not change is not sent again, and what did is right at once.</summary>
public sealed class ResumeTests : WatchServerTest
{
    [Fact]
    public async Task ConnectionIsCut_AndNothingChanged_NoSnapshotIsSent()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "orders", 100, 1_000, "", "x.X");
        await RegisterAsync(lease, "payments", "a");
        await using var relay = Relay.To(Host.GrpcAddress);
        using var channel = ChannelTo(relay);
        Topic[] topics = [Follower.Interface("x.X"), Follower.Application("payments")];
        var follower = Follower.Open(new(channel), topics);
        await follower.UntilAsync("first answer", "three topics", f => f.Held.Count == 3);
        var snapshots = await WatchesAsync("snapshots");
        Assert.Equal(3, snapshots);

        for (var round = 1; round <= 20; round++)
        {
            relay.Cut();
            Assert.NotNull(await Within.DeadlineAsync(follower.Ended, $"cut {round}", "the stream's end", follower.ToString));
            await follower.DisposeAsync();
            follower = Follower.Open(new(channel), follower, topics);
            await follower.UntilAsync($"resume {round}", "a Sync", f => f.Syncs > 0);
            Assert.Equal(0, follower.Parts);
            Assert.Equal(3 * round, await WatchesAsync("unchangedOnResume"));
        }

        Assert.Equal(snapshots, await WatchesAsync("snapshots"));
        await AssertSameAsReadAsync("orders", follower);
        await follower.DisposeAsync();
    }

    [Fact]
    public async Task WhatChangedMeanwhile_IsSent_AndOnlyThat()
    {
        var lease = await GrantAsync();
        foreach (var name in new[] { "same", "changed", "gone", "left" })
            await RegisterAsync(lease, name, "a");
        var before = Follower.Open(Discovery, Follower.Application("same"), Follower.Application("changed"), Follower.Application("gone"), Follower.Application("left"));
        await before.UntilAsync("first answer", "four topics", f => f.Held.Count == 4);
        await before.DisposeAsync();

        await RegisterAsync(lease, "changed", "b");
        await Registration.DeregisterAsync(new DeregisterRequest { Application = "gone", Instances = { new InstanceRef { Id = "a" } } });
        var last = await RegisterAsync(lease, "new", "a");
        await using var after = Follower.Open(
            Discovery, before, Follower.Application("same"), Follower.Application("changed"), Follower.Application("gone"), Follower.Application("new"));
        await after.ReachesAsync(last.Revision);
        Assert.Equal([Follower.Application("left")], after.Dropped);
        Assert.Equal(3, after.Parts);
        Assert.True(after.Held[Follower.Application("gone")].Absent);
        Assert.Equal(2, after.Instances("changed").Count);
        Assert.Equal(1, await WatchesAsync("unchangedOnResume"));
    }

    [Fact]
    public async Task AnotherEpoch_IsAnsweredWithEverything()
    {
        var registered = await RegisterAsync(await GrantAsync(), "orders", "a");
        await using var follower = Follower.Open(Discovery, new Open
        {
            Token = new ResumeToken { Epoch = "another-history", Revision = 1_000_000 },
            Subscriptions = { Follower.SubscribeTo(1, Follower.Application("orders")) },
        });
        await follower.UntilAsync("first answer", "orders", f => f.Held.Count == 1);
        Assert.Equal(registered.Revision, follower.Revision);
        Assert.Equal(1, follower.Snapshots);
    }

    [Fact]
    public async Task ClientThatHeldFiftyThousandTopics_DelaysNobody()
    {
        var lease = await GrantAsync();
        var registered = await RegisterAsync(lease, "orders", "a");
        await using var other = Follower.Open(Discovery, Follower.Application("orders"));
        await other.ReachesAsync(registered.Revision);

        var open = new Open { Token = new ResumeToken { Epoch = registered.Epoch, Revision = registered.Revision } };
        for (var i = 0; i < 50_000; i++)
            open.Held.Add(Follower.Application($"held-{i}"));
        using var call = Discovery.Watch();
        await call.RequestStream.WriteAsync(new WatchRequest { Open = open });
        var dropped = 0;
        while (await call.ResponseStream.MoveNext() && call.ResponseStream.Current.KindCase == WatchResponse.KindOneofCase.Dropped)
            dropped++;
        Assert.Equal(50_000, dropped);
        await other.ReachesAsync((await RegisterAsync(lease, "orders", "b")).Revision);
    }

    [Fact]
    public async Task CutAtAnyMoment_WhileEverythingChanges_EndsWhereTheServerStands()
    {
        var lease = await GrantAsync();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(async w =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await Registration.RegisterAsync(new RegisterRequest
                {
                    Application = $"app-{w}", LeaseId = lease, Instances = { Declare.Instance($"i{i % 50}", port: (uint)(i % 60_000) + 1) }, Builds = { Declare.Build("x.X", $"only.{w}") },
                });
                if (i % 7 == 6)
                    await Registration.DeregisterAsync(new DeregisterRequest { Application = $"app-{w}", Instances = { new InstanceRef { Id = $"i{i % 50}" } } });
            }
        }).ToArray();

        await using var relay = Relay.To(Host.GrpcAddress);
        using var channel = ChannelTo(relay);
        Follower? follower = null;
        for (var round = 0; round < 100; round++)
        {
            var next = Follower.Open(new(channel), follower, Follower.Interface("x.X"));
            if (follower is not null)
                await follower.DisposeAsync();
            follower = next;
            var syncs = round % 5;
            await follower.UntilAsync($"round {round}", $"{syncs} Syncs", f => f.Syncs >= syncs);
            await relay.CutUntilEndAsync(follower.Ended, $"cut {round}");
            Assert.IsNotType<BrokenPromiseException>(await follower.Ended);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await follower!.DisposeAsync();
        await using var last = Follower.Open(Discovery, follower, Follower.Interface("x.X"));
        await last.ReachesAsync(await RevisionAsync());
        for (var w = 0; w < 3; w++)
            await AssertSameAsReadAsync($"app-{w}", last);
    }
}
