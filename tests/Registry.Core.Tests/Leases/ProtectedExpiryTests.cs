using Registry.Core.Instances;
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
}
