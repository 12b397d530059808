using System.Globalization;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>
/// When many leases run out together, the registry doubts itself: what is over the budget is kept and marked, for a bounded time.
/// Defaults: TTL 15 s, share 0.15, window 60 s, bound 60 s, looked at every 250 ms.
/// </summary>
public sealed class ProtectedExpiryTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Scan = TimeSpan.FromMilliseconds(250);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(13, 1)]
    [InlineData(14, 2)]
    [InlineData(100, 15)]
    public void AllLeases_RunOutTogether_TheBudgetExpiresAndTheRestIsSuspectUntilTheBound(int instances, int budget)
    {
        using var driven = new DrivenRegistry();
        for (var i = 0; i < instances; i++)
            driven.Register(driven.Grant(), "orders", Given.Instance($"i{i:000}"));

        driven.Clock.Advance(Ttl - TimeSpan.FromMilliseconds(1));
        Assert.Equal(instances, driven.Registry.InstanceCount);
        driven.Clock.Advance(Scan);

        var left = driven.Registry.ReadApplication(Given.Name("orders")).Instances;
        Assert.Equal(instances - budget, left.Length);
        Assert.All(left, i => Assert.Equal(InstanceState.Suspect, i.State));
        Assert.Equal(instances - budget, driven.Registry.LeaseCounters.ProtectedTotal);

        driven.Clock.Advance(Bound - Scan - Scan);
        Assert.Equal(instances - budget, driven.Registry.InstanceCount);
        driven.Clock.Advance(Scan + Scan);
        Assert.Equal(0, driven.Registry.InstanceCount);
        Assert.Equal(0, driven.Registry.LeaseCount);
        Assert.Equal(instances, driven.Registry.LeaseCounters.ExpiredTotal);
        Assert.Equal(instances - budget, driven.Registry.LeaseCounters.ExpiredAfterProtectionTotal);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(100, 15)]
    public void OneTwoThreeAndAHundredInstances_WhoIsSuspect_WhoIsGone_AndWhen(int instances, int budget)
    {
        // Granted a millisecond after each other and never renewed. The first is due at 15.000, when it is looked at: it opens the
        // window, with a budget of max(1, floor(0.15 x instances)). All others are due by the next look, at 15.250, in their order:
        // what is left of the budget goes then, the rest becomes suspect, and goes a bound later.
        using var driven = new DrivenRegistry();
        for (var i = 0; i < instances; i++)
        {
            Attach(driven, "orders", $"i{i:000}");
            driven.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        var expected = Enumerable.Range(0, instances).ToDictionary(i => $"i{i:000}", i =>
            i == 0 ? "gone at 15.000"
            : i < budget ? "gone at 15.250"
            : "SUSPECT at 15.250, gone at 75.250");

        var seen = new Dictionary<string, string>();
        var suspect = new HashSet<string>();
        var step = TimeSpan.FromMilliseconds(50);
        driven.Clock.Advance(step - TimeSpan.FromTicks(driven.Clock.Elapsed.Ticks % step.Ticks));
        for (; driven.Clock.Elapsed < TimeSpan.FromSeconds(90); driven.Clock.Advance(step))
        {
            var now = driven.Clock.Elapsed.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
            foreach (var id in expected.Keys.Where(id => !seen.GetValueOrDefault(id, "").Contains("gone", StringComparison.Ordinal)))
            {
                if (!driven.Has("orders", id))
                    seen[id] = suspect.Contains(id) ? $"{seen[id]}, gone at {now}" : $"gone at {now}";
                else if (driven.Read("orders", id).State == InstanceState.Suspect && suspect.Add(id))
                    seen[id] = $"SUSPECT at {now}";
            }
        }

        Assert.Equal(expected.OrderBy(e => e.Key), seen.OrderBy(s => s.Key));
        Assert.Equal((0, 0), (driven.Registry.InstanceCount, driven.Registry.LeaseCount));
        var counters = driven.Registry.LeaseCounters;
        Assert.Equal(
            (instances, instances - budget, instances - budget),
            (counters.ExpiredTotal, counters.ProtectedTotal, counters.ExpiredAfterProtectionTotal));
    }

    [Fact]
    public void OverdueLease_RenewedAndThenDead_ExpiresAfterItsTtlAndNotAfterTheBound()
    {
        using var driven = new DrivenRegistry();
        var (first, second) = (driven.Grant(), driven.Grant());
        driven.Register(first, "orders", Given.Instance("a"));
        driven.Register(second, "orders", Given.Instance("b"));
        driven.Clock.Advance(Ttl + Scan);
        Assert.Equal(InstanceState.Suspect, Assert.Single(driven.Registry.ReadApplication(Given.Name("orders")).Instances).State);
        var overdue = driven.Has("orders", "a") ? first : second;

        Assert.Null(driven.Registry.RenewLease(overdue, "").Refusal);
        driven.Clock.Advance(Scan);
        Assert.Equal(InstanceState.Up, Assert.Single(driven.Registry.ReadApplication(Given.Name("orders")).Instances).State);

        // It dies now. The window of the first expiry is open still, so it becomes suspect again; but after its TTL, not later.
        driven.Clock.Advance(Ttl);
        Assert.Equal(InstanceState.Suspect, Assert.Single(driven.Registry.ReadApplication(Given.Name("orders")).Instances).State);
        driven.Clock.Advance(Bound + Scan);
        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public void Renewal_OfAnOverdueLease_IsAccepted_AndMakesItsInstancesUpAgain()
    {
        using var driven = new DrivenRegistry();
        LeaseId[] leases = [.. Enumerable.Range(0, 10).Select(i => Attach(driven, "orders", $"i{i}"))];
        driven.Clock.Advance(Ttl);
        Assert.Equal(9, Count(driven, InstanceState.Suspect));

        driven.Clock.Advance(Bound - Scan);
        var alive = leases.Where(l => driven.Registry.RenewLease(l, "").Refusal is null).ToArray();

        Assert.Equal(9, alive.Length);
        Assert.Equal(9, Count(driven, InstanceState.Suspect));
        driven.Clock.Advance(Scan);
        Assert.Equal(9, Count(driven, InstanceState.Up));
        Assert.All(driven.Registry.ReadApplication(Given.Name("orders")).Instances, i => Assert.True(i.Incarnation <= 10));
    }

    [Fact]
    public void Renewal_AfterTheBound_IsNotFound()
    {
        using var driven = new DrivenRegistry();
        var (a, b) = (Attach(driven, "orders", "a"), Attach(driven, "orders", "b"));
        driven.Clock.Advance(Ttl + Bound);

        Assert.All([a, b], lease => Assert.Equal(ErrorReasons.LeaseUnknown, driven.Registry.RenewLease(lease, "").Refusal!.Reason));
    }

    [Fact]
    public void RenewalThatOvertakesItsSuspicion_EndsUp()
    {
        // The log has no room when "suspect" is sent; the renewal comes; then both are carried out, the late one last.
        using var driven = new DrivenRegistry();
        var (a, b) = (Attach(driven, "orders", "a"), Attach(driven, "orders", "b"));
        driven.Log.Refusal = new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "full");
        driven.Clock.Advance(Ttl);
        Assert.Equal(2, driven.Registry.InstanceCount);
        var renewed = new[] { a, b }.Count(lease => driven.Registry.RenewLease(lease, "").Refusal is null);
        driven.Log.Refusal = null;

        driven.Clock.Advance(Scan);

        Assert.Equal(1, renewed);
        Assert.Equal(InstanceState.Up, Assert.Single(driven.Registry.ReadApplication(Given.Name("orders")).Instances).State);
    }

    [Fact]
    public void RenewalThatOvertakesItsSuspicion_IsNeverSeenSuspect()
    {
        // As above; and nobody who watches is told "suspect" after the renewal was acknowledged, not even for a moment.
        using var driven = new DrivenRegistry();
        var (a, b) = (Attach(driven, "orders", "a"), Attach(driven, "orders", "b"));
        driven.Log.Refusal = new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "full");
        driven.Clock.Advance(Ttl);
        Assert.Equal(1, new[] { a, b }.Count(lease => driven.Registry.RenewLease(lease, "").Refusal is null));
        driven.Log.Refusal = null;

        driven.Clock.Advance(Scan);

        Assert.DoesNotContain(driven.Log.Changes, c => c.Change.Upserts.Any(u => u.IsSuspect));
    }

    [Fact]
    public void Register_OnAnOverdueLease_CountsAsARenewal()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Clock.Advance(Ttl);
        Assert.Equal(2, Count(driven, InstanceState.Suspect));

        driven.Register(lease, "orders", Given.Instance("c"));
        Assert.Equal(InstanceState.Up, driven.Read("orders", "c").State);
        driven.Clock.Advance(Scan);
        Assert.Equal(3, Count(driven, InstanceState.Up));

        // Again, with an instance that is there: it is written up at once.
        driven.Clock.Advance(Ttl - Scan);
        Assert.Equal(3, Count(driven, InstanceState.Suspect));
        driven.Register(lease, "orders", Given.Instance("a"));
        Assert.Equal((InstanceState.Up, InstanceState.Suspect), (driven.Read("orders", "a").State, driven.Read("orders", "b").State));
        driven.Clock.Advance(Scan);
        Assert.Equal(3, Count(driven, InstanceState.Up));
    }

    [Fact]
    public void DrainingInstance_OfAnOverdueLease_IsShownAsDraining()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a") with { State = DeclaredState.Draining }, Given.Instance("b"));

        driven.Clock.Advance(Ttl);

        Assert.Equal((InstanceState.Draining, InstanceState.Suspect), (driven.Read("orders", "a").State, driven.Read("orders", "b").State));
    }

    [Fact]
    public void Update_OfASuspect_KeepsItSuspect()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Clock.Advance(Ttl);

        driven.Do(new Registry.Core.Changes.Commands.UpdateCommand(
            Given.Name("orders"), "", [new Registry.Core.Changes.Commands.InstancePatch { Instance = new("a", 0), Weight = 5 }]));

        Assert.Equal(InstanceState.Suspect, driven.Read("orders", "a").State);
    }

    [Fact]
    public async Task OverdueLease_ThatIsRevoked_IsGoneAtOnce()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Clock.Advance(Ttl);

        Assert.Equal(2, (await driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None)).Removed);
    }

    [Fact]
    public void WholeRegistrysBudget_HoldsAcrossApplications()
    {
        // 40 applications of one instance each: each alone may lose its instance, all together 6 of 40.
        using var driven = new DrivenRegistry();
        for (var i = 0; i < 40; i++)
            Attach(driven, $"app{i}", "a");

        driven.Clock.Advance(Ttl + Scan);

        Assert.Equal(34, driven.Registry.InstanceCount);
        Assert.Equal(34, driven.Registry.LeaseCounters.ProtectedTotal);
    }

    [Fact]
    public void OneApplicationsBudget_HoldsHoweverManyInstancesTheRegistryHas()
    {
        // 10 instances of 74: the registry's budget would let all of them go, the application's one.
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(TimeSpan.FromHours(1)), "billing", [.. Enumerable.Range(0, 64).Select(i => Given.Instance($"i{i}"))]);
        for (var i = 0; i < 10; i++)
            Attach(driven, "orders", $"i{i}");

        driven.Clock.Advance(Ttl + Scan);

        var left = driven.Registry.ReadApplication(Given.Name("orders")).Instances;
        Assert.Equal((9, 9L), (left.Length, driven.Registry.LeaseCounters.ProtectedTotal));
        Assert.All(left, i => Assert.Equal(InstanceState.Suspect, i.State));
    }

    [Fact]
    public void Window_IsOver_AndTheBudgetCountsAnew()
    {
        using var driven = new DrivenRegistry();
        LeaseId[] leases = [.. Enumerable.Range(0, 4).Select(i => Attach(driven, "orders", $"i{i}"))];

        // The first dies at 0:15 and opens the window, the second dies in it and is protected, the third after it.
        KeepAlive(driven, Ttl, leases[1..]);
        Assert.Equal((3, 0), (driven.Registry.InstanceCount, Count(driven, InstanceState.Suspect)));
        KeepAlive(driven, TimeSpan.FromSeconds(30), leases[2..]);
        Assert.Equal((3, 1), (driven.Registry.InstanceCount, Count(driven, InstanceState.Suspect)));
        KeepAlive(driven, TimeSpan.FromSeconds(31), leases[2..]);
        KeepAlive(driven, Ttl + Scan, leases[3..]);
        Assert.False(driven.Has("orders", "i2"));
        Assert.True(driven.Has("orders", "i3"));
    }

    [Fact]
    public void ShareOfOne_TurnsTheProtectionOff()
    {
        using var driven = new DrivenRegistry(o => o.Leases.ProtectionShare = 1);
        for (var i = 0; i < 50; i++)
            Attach(driven, "orders", $"i{i}");

        driven.Clock.Advance(Ttl + Scan);

        Assert.Equal((0, 0L), (driven.Registry.InstanceCount, driven.Registry.LeaseCounters.ProtectedTotal));
    }

    [Fact]
    public void ExpiryStorm_OfMostLeases_KeepsTheLiveOnesUntouched()
    {
        using var driven = new DrivenRegistry();
        LeaseId[] leases = [.. Enumerable.Range(0, 200).Select(i => Attach(driven, "orders", $"i{i:000}"))];

        KeepAlive(driven, Ttl + Scan, leases[170..]);

        Assert.Equal((30, 140), (Count(driven, InstanceState.Up), Count(driven, InstanceState.Suspect)));
        Assert.All(Enumerable.Range(170, 30), i => Assert.Equal(InstanceState.Up, driven.Read("orders", $"i{i:000}").State));
        KeepAlive(driven, Bound + Scan, leases[170..]);
        Assert.Equal(30, driven.Registry.InstanceCount);
    }

    [Fact]
    public void ShareOfOne_TurnsTheProtectionOff_ForThoseTooWhoComeWhileAWindowIsOpen()
    {
        using var driven = new DrivenRegistry(options => options.Leases.ProtectionShare = 1);
        Attach(driven, "orders", "first");
        driven.Clock.Advance(Ttl + Scan);
        Assert.Equal(0, driven.Registry.InstanceCount);

        // The window of that expiry, of one instance, is open still.
        for (var i = 0; i < 3; i++)
            Attach(driven, "orders", $"i{i}");
        driven.Clock.Advance(Ttl + Scan);

        Assert.Equal((0, 0L), (driven.Registry.InstanceCount, driven.Registry.LeaseCounters.ProtectedTotal));
    }

    private static LeaseId Attach(DrivenRegistry driven, string application, string instance)
    {
        var lease = driven.Grant();
        driven.Register(lease, application, Given.Instance(instance));
        return lease;
    }

    private static int Count(DrivenRegistry driven, InstanceState state) =>
        driven.Registry.ReadApplication(Given.Name("orders")).Instances.Count(i => i.State == state);

    private static void KeepAlive(DrivenRegistry driven, TimeSpan by, LeaseId[] leases)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Scan)
        {
            Assert.All(leases, lease => Assert.Null(driven.Registry.RenewLease(lease, "").Refusal));
            driven.Clock.Advance(Scan);
        }
    }
}
