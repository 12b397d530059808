using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Watching;
using Registry.TestKit.Audits;
using Registry.TestKit.Core;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.Core.Tests.Restoring;

/// <summary>A registry that starts on a log is the one that wrote it: same state, same revisions, leases that can be renewed.</summary>
public sealed class RestoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void State_AfterARestart_IsWhatItWas(int seed)
    {
        using var before = new DrivenRegistry();
        var random = new Random(seed);
        var lease = before.Grant(TimeSpan.FromHours(1));
        for (var i = 0; i < 300; i++)
        {
            var application = $"app{random.Next(3)}";
            if (random.Next(3) == 0)
                before.Deregister(application, $"i{random.Next(5)}", "j");
            else
                before.Serve(lease, application, $"i{random.Next(5)}", $"x.I{random.Next(4)}", "x.Common");
            if (random.Next(5) == 0)
                before.Advance(TimeSpan.FromMinutes(3));
            if (random.Next(10) == 0)
                lease = before.Grant(TimeSpan.FromHours(1));
        }

        before.Pump.Run();
        using var after = DrivenRegistry.RestartOf(before);
        Assert.Equal(TableDescription.Of(before.Registry), TableDescription.Of(after.Registry));
        Assert.Equal((before.Registry.Revision, before.Registry.InstanceCount), (after.Registry.Revision, after.Registry.InstanceCount));
        Assert.NotEqual(before.Registry.Epoch, after.Registry.Epoch);

        // And once more, with changes of its own.
        after.Registry.Start();
        after.Serve(after.Grant(), "app0", "late", "x.Late");
        after.Pump.Run();
        using var again = DrivenRegistry.RestartOf(after);
        Assert.Equal(TableDescription.Of(after.Registry), TableDescription.Of(again.Registry));
    }

    [Fact]
    public void FirstChange_AfterARestart_IsAboveWhatWasSeenAndLost()
    {
        using var before = new DrivenRegistry();
        var lease = before.Grant();
        var kept = before.Register(lease, "orders", Given.Instance("a")).Revision;
        var lost = before.Register(lease, "orders", Given.Instance("b")).Revision;

        using var after = DrivenRegistry.RestartOf(before, durable: kept);
        Assert.Equal(kept, after.Registry.Revision);
        Assert.False(after.Has("orders", "b"));
        Assert.True(after.Register(after.Grant(), "orders", Given.Instance("c")).Revision > lost);
    }

    [Fact]
    public void Token_OfADurableRevision_GoesOn_ThroughTwoRestarts()
    {
        using var first = new DrivenRegistry();
        first.Serve(first.Grant(), "orders", "a", "x.Y");
        var client = first.Watch(Given.Interface("x.Y"));
        client.Receive();
        client.Close();

        using var second = DrivenRegistry.RestartOf(first);
        second.Register(second.Grant(), "orders", Given.Instance("b"));
        using var third = DrivenRegistry.RestartOf(second);
        var opening = new WatchOpening { Epoch = first.Registry.Epoch, Revision = client.View.Sync, Held = [.. client.View.Held] };
        var resumed = third.Watch(client.View.Resume(), opening, Given.Interface("x.Y"));

        // The mapping is as it was; of the application the steps are forgotten.
        Assert.Equal(Given.Application("orders"), Assert.IsType<ApplicationSnapshot>(Assert.Single(resumed.ReceiveOne(), i => i.Message is not null).Message).Topic);
        Assert.Empty(resumed.View.DifferencesFrom(third.Registry));
    }

    [Fact]
    public void Token_OfARevisionThatNeverBecameDurable_GetsEverythingWhole()
    {
        using var before = new DrivenRegistry();
        var lease = before.Grant();
        var kept = before.Serve(lease, "orders", "a", "x.Y").Revision;
        before.Register(lease, "orders", Given.Instance("b"));
        var client = before.Watch(Given.Interface("x.Y"));
        client.Receive();
        client.Close();
        Assert.True(client.View.Sync > kept);

        using var after = DrivenRegistry.RestartOf(before, durable: kept);

        // Another change, so that the published revision is above the token's: not the number alone must decide.
        after.Register(after.Grant(), "orders", Given.Instance("c"));
        var sink = new RecordingSink();
        sink.Open(after.Registry, new WatchOpening
        {
            Epoch = before.Registry.Epoch,
            Revision = client.View.Sync,
            Held = [.. client.View.Held],
            Subscriptions = [(1, Given.Interface("x.Y"))],
        });
        after.Pump.Run();

        Assert.Equal(
            [Given.Application("orders"), Given.Interface("x.Y")],
            sink.Last.Items.Select(i => i.Message).OfType<TopicSnapshot>().Select(s => s.Topic).OrderBy(t => t.ToString(), StringComparer.Ordinal));
        Assert.Null(sink.Abortion);
    }

    [Fact]
    public void Token_AheadOfADurableRevision_IsNotOutOfRange()
    {
        using var before = new DrivenRegistry();
        var kept = before.Register(before.Grant(), "orders", Given.Instance("a")).Revision;
        using var after = DrivenRegistry.RestartOf(before, durable: kept);
        var sink = new RecordingSink();
        sink.Open(after.Registry, new WatchOpening { Epoch = before.Registry.Epoch, Revision = kept + 1, Subscriptions = [(1, Given.Application("orders"))] });
        after.Pump.Run();

        Assert.Null(sink.Abortion);
        Assert.Equal(kept, sink.Last.Revision);
    }

    [Fact]
    public void Held_AndGoneBeforeTheRestart_IsToldAbsent()
    {
        using var before = new DrivenRegistry();
        before.Register(before.Grant(), "orders", Given.Instance("a"));
        var client = before.Watch(Given.Application("orders"));
        client.Receive();
        client.Close();
        before.Deregister("orders", "a");
        before.Pump.Run();

        using var after = DrivenRegistry.RestartOf(before);
        var opening = new WatchOpening { Epoch = before.Registry.Epoch, Revision = client.View.Sync, Held = [.. client.View.Held] };
        var resumed = after.Watch(client.View.Resume(), opening, Given.Application("orders"));
        Assert.True(Assert.IsType<ApplicationSnapshot>(Assert.Single(resumed.ReceiveOne(), i => i.Message is not null).Message).IsAbsent);
    }

    [Fact]
    public void Lease_AfterARestart_CanBeRenewed_AndLastsItsGraceFromTheStart()
    {
        using var before = new DrivenRegistry();
        var lease = before.Grant(TimeSpan.FromSeconds(10));
        before.Register(lease, "orders", Given.Instance("a"));
        var dead = before.Grant(TimeSpan.FromSeconds(10));
        before.Register(dead, "billing", Given.Instance("b"));

        using var after = DrivenRegistry.RestartOf(before, configure: o => o.Leases.ProtectionShare = 1);
        Assert.Equal(2, after.Registry.LeaseCount);

        // Reading the log took long, and nobody could renew.
        after.Clock.Advance(TimeSpan.FromMinutes(5));
        after.Registry.Start();
        after.Advance(TimeSpan.FromSeconds(29));
        Assert.True(after.Has("billing", "b"), "the grace of 30 s counts from the start");
        var renewed = after.Registry.RenewLease(lease, "");
        Assert.Equal((null, TimeSpan.FromSeconds(10)), (renewed.Refusal, renewed.Ttl));

        after.Advance(TimeSpan.FromSeconds(2));
        Assert.False(after.Has("billing", "b"));
        after.Advance(TimeSpan.FromSeconds(7));
        Assert.True(after.Has("orders", "a"));
        after.Advance(TimeSpan.FromSeconds(5));
        Assert.False(after.Has("orders", "a"), "from the first renewal on its TTL counts");
    }

    [Fact]
    public void Lease_WithATtlBeyondTheGrace_KeepsItsTtl()
    {
        using var before = new DrivenRegistry();
        before.Register(before.Grant(TimeSpan.FromMinutes(10)), "orders", Given.Instance("a"));

        using var after = DrivenRegistry.RestartOf(before, configure: o => o.Leases.ProtectionShare = 1);
        after.Registry.Start();
        after.Advance(TimeSpan.FromSeconds(599));
        Assert.True(after.Has("orders", "a"));
        after.Advance(TimeSpan.FromSeconds(2));
        Assert.False(after.Has("orders", "a"));
    }

    [Fact]
    public void Holder_AfterARestart_KeepsItsInstances_AndCountsForNoLease()
    {
        using var before = new DrivenRegistry();
        before.Do(new RegisterCommand(Given.Name("orders"), "", "files", [Given.Instance("kept")], []));
        before.Register(before.Grant(TimeSpan.FromSeconds(10)), "orders", Given.Instance("leased"));

        using var after = DrivenRegistry.RestartOf(before, configure: o => o.Leases.ProtectionShare = 1);
        Assert.Equal(TableDescription.Of(before.Registry), TableDescription.Of(after.Registry));
        Assert.Equal((2, 1), (after.Registry.InstanceCount, after.Registry.LeaseCount));
        after.Registry.Start();
        after.Advance(TimeSpan.FromMinutes(5));
        Assert.False(after.Has("orders", "leased"));
        Assert.True(after.Has("orders", "kept"));
    }

    [Fact]
    public void Lease_WithoutInstances_DoesNotOutliveARestart()
    {
        using var before = new DrivenRegistry();
        var lease = before.Grant();

        using var after = DrivenRegistry.RestartOf(before);
        Assert.Equal(ErrorReasons.LeaseUnknown, after.Registry.RenewLease(lease, "").Refusal?.Reason);
    }

    [Fact]
    public void Owner_OfALease_OutlivesARestart()
    {
        using var before = new DrivenRegistry();
        var lease = before.Grant(owner: "team");
        before.Do(new RegisterCommand(Given.Name("orders"), "team", lease, [Given.Instance("a")], []));

        using var after = DrivenRegistry.RestartOf(before);
        Assert.Equal(ErrorReasons.OwnerMismatch, after.Registry.RenewLease(lease, "").Refusal?.Reason);
        Assert.Null(after.Registry.RenewLease(lease, "team").Refusal);
    }

    [Fact]
    public void Suspect_AfterARestart_IsUpAgain_BecauseNobodyCouldRenew()
    {
        using var before = new DrivenRegistry();
        var leases = Enumerable.Range(0, 4).Select(_ => before.Grant()).ToArray();
        for (var i = 0; i < leases.Length; i++)
            before.Register(leases[i], "orders", Given.Instance($"i{i}"));
        before.Advance(TimeSpan.FromSeconds(16));
        var suspects = before.Registry.ReadApplication(Given.Name("orders")).Instances.Count(i => i.State == InstanceState.Suspect);
        Assert.Equal(3, suspects);

        using var after = DrivenRegistry.RestartOf(before);
        after.Registry.Start();
        after.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, after.Registry.ReadApplication(Given.Name("orders")).UpCount);
    }

    [Fact]
    public void Build_WithoutInstances_LeavesAfterItsRetention_AlsoIfItWasIdleBefore()
    {
        using var before = new DrivenRegistry();
        before.Declare("orders", ["x.Y"]);

        using var after = DrivenRegistry.RestartOf(before);
        after.Registry.Start();
        after.Advance(TimeSpan.FromMinutes(9));
        Assert.False(after.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
        after.Advance(TimeSpan.FromMinutes(2));
        Assert.True(after.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
    }

    [Fact]
    public void Leases_BeyondTheLimit_AreRestoredAllTheSame_AndNoMoreAreGranted()
    {
        using var before = new DrivenRegistry();
        LeaseId[] leases = [before.Grant(), before.Grant()];
        before.Register(leases[0], "orders", Given.Instance("a"));
        before.Register(leases[1], "orders", Given.Instance("b"));

        using var after = DrivenRegistry.RestartOf(before, configure: o => o.Leases.MaxLeases = 1);
        Assert.All(leases, lease => Assert.Null(after.Registry.RenewLease(lease, "").Refusal));
        Assert.Equal(2, after.Registry.LeaseCount);
    }
}
