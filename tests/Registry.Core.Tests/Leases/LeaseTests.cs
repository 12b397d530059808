using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>A lease's life on the driven clock, with exact times. Defaults: TTL 15 s, looked at every 250 ms.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Scan = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(86_400_001)]
    [InlineData(315_360_000_000)]
    public async Task Ttl_OutOfBounds_IsRefused(long milliseconds)
    {
        using var driven = new DrivenRegistry();

        var granted = await driven.Registry.GrantLeaseAsync(TimeSpan.FromMilliseconds(milliseconds), "", CancellationToken.None);

        Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.InvalidField, "ttl_millis"), (granted.Refusal!.Kind, granted.Refusal.Reason, granted.Refusal.Field));
        Assert.StartsWith($"ttl_millis: is {milliseconds}; 1000 to 86400000", granted.Refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, driven.Registry.LeaseCount);
    }

    [Theory]
    [InlineData(null, 15_000)]
    [InlineData(1_000, 1_000)]
    [InlineData(86_400_000, 86_400_000)]
    public async Task Ttl_WithinBounds_IsGrantedAsAsked(int? asked, int granted)
    {
        using var driven = new DrivenRegistry();

        var lease = await driven.Registry.GrantLeaseAsync(asked is { } ms ? TimeSpan.FromMilliseconds(ms) : null, "", CancellationToken.None);

        Assert.Equal(TimeSpan.FromMilliseconds(granted), lease.Ttl);
        Assert.Equal(lease.Ttl, driven.Registry.RenewLease(lease.Id, "").Ttl);
    }

    [Fact]
    public void Lease_EndsAtItsDeadlineAndNotBefore()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        driven.Clock.Advance(Ttl - Instant);
        Assert.True(driven.Has("orders", "a"));
        driven.Clock.Advance(Instant);
        Assert.False(driven.Has("orders", "a"));
        Assert.Equal(0, driven.Registry.LeaseCount);
    }

    [Fact]
    public void LeaseGrantedBetweenTwoLooks_EndsWithinOneLook()
    {
        using var driven = new DrivenRegistry();
        driven.Clock.Advance(TimeSpan.FromMilliseconds(100));
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        driven.Clock.Advance(Ttl);
        Assert.True(driven.Has("orders", "a"));
        driven.Clock.Advance(Scan);
        Assert.False(driven.Has("orders", "a"));
    }

    [Fact]
    public void Renewal_CountsTheTtlAnew_AndChangesNothingElse()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));

        for (var i = 0; i < 100; i++)
        {
            driven.Clock.Advance(Ttl - Instant);
            Assert.Null(driven.Registry.RenewLease(lease, "").Refusal);
        }

        Assert.Equal(1, driven.Registry.Revision);
        driven.Clock.Advance(Ttl + Scan);
        Assert.False(driven.Has("orders", "a"));
    }

    [Fact]
    public void Renewal_AfterTheEnd_IsNotFound_AndNothingComesBack()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Clock.Advance(Ttl + Scan);

        var renewed = driven.Registry.RenewLease(lease, "");

        Assert.Equal((ErrorKind.NotFound, ErrorReasons.LeaseUnknown, "lease_id"), (renewed.Refusal!.Kind, renewed.Refusal.Reason, renewed.Refusal.Field));
        Assert.Equal(ErrorReasons.LeaseUnknown, driven.Refused(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], [])).Reason);
        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public void EmptyLease_EndsToo()
    {
        using var driven = new DrivenRegistry();
        driven.Grant();

        driven.Clock.Advance(Ttl + Scan);

        Assert.Equal(0, driven.Registry.LeaseCount);
        Assert.Equal(0, driven.Registry.Revision);
    }

    [Fact]
    public void Expiry_IsOneRevisionPerApplication()
    {
        using var driven = new DrivenRegistry(o => o.Leases.ProtectionShare = 1);
        var lease = driven.Grant();
        driven.Register(lease, "orders", [.. Enumerable.Range(0, 50).Select(i => Given.Instance($"i{i}"))]);
        driven.Register(lease, "billing", Given.Instance("a"));

        driven.Clock.Advance(Ttl + Scan);

        Assert.Equal((0, 4L), (driven.Registry.InstanceCount, driven.Registry.Revision));
    }

    [Fact]
    public void Expiry_OfMoreThanOneCommandHolds_IsCompleteAllTheSame()
    {
        using var driven = new DrivenRegistry(o => o.Leases.ProtectionShare = 1);
        var lease = driven.Grant();
        for (var i = 0; i < 5; i++)
            driven.Register(lease, "orders", [.. Enumerable.Range(0, 64).Select(j => Given.Instance($"i{i}.{j}"))]);

        driven.Clock.Advance(Ttl + Scan);

        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public void Expiry_WhileTheLogHasNoRoom_FollowsLater_AndTheLeaseIsOverAllTheSame()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Log.Refusal = new RegistryError(ErrorKind.Unavailable, ErrorReasons.StorageFailed, "ill");

        driven.Clock.Advance(Ttl + TimeSpan.FromSeconds(5));
        Assert.NotNull(driven.Registry.RenewLease(lease, "").Refusal);
        Assert.True(driven.Has("orders", "a"));

        driven.Log.Refusal = null;
        driven.Clock.Advance(Scan);
        Assert.False(driven.Has("orders", "a"));
    }

    [Fact]
    public void TakeoverOfAnEndedLeasesInstance_BeforeItsRemoval_Stays()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        driven.Log.Refusal = new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "full");
        driven.Clock.Advance(Ttl + Scan);
        driven.Log.Refusal = null;
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        driven.Clock.Advance(Scan + Scan);

        Assert.Equal(2, driven.Read("orders", "a").Incarnation);
    }

    [Fact]
    public void Pause_OfTheProcess_GivesEverybodyTheGap()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        driven.Clock.Advance(TimeSpan.FromSeconds(10));

        driven.Clock.Jump(TimeSpan.FromMinutes(10));

        Assert.Equal(1, driven.Registry.LeaseCounters.PausesTotal);
        driven.Clock.Advance(TimeSpan.FromSeconds(4.5));
        Assert.True(driven.Has("orders", "a"));
        driven.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(driven.Has("orders", "a"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void ProcessStoppedForAMinute_ExpiresNobodyWhoRenewed(int instances)
    {
        // Four times the TTL. Their last renewals lie at all places within the TTL before the stop.
        using var driven = new DrivenRegistry();
        var states = driven.Watch(Given.Application("orders"));
        var leases = new LeaseId[instances];
        var renewed = Enumerable.Range(0, instances).Select(i => Ttl * i / (instances + 1)).ToArray();
        for (var i = 0; i < instances; i++)
        {
            driven.Clock.Advance(renewed[i] - driven.Clock.Elapsed);
            leases[i] = driven.Grant();
            driven.Register(leases[i], "orders", Given.Instance($"i{i:000}"));
        }

        driven.Clock.Advance(Ttl * instances / (instances + 1) - driven.Clock.Elapsed);
        var stopped = driven.Clock.Elapsed;
        driven.Clock.Jump(TimeSpan.FromMinutes(1));

        // Each has as long as it had when the process was stopped. The last look before its end is the last moment to renew.
        for (var i = 0; i < instances; i++)
        {
            var left = renewed[i] + Ttl - stopped;
            var passed = driven.Clock.Elapsed - stopped - TimeSpan.FromMinutes(1);
            if (left - Scan > passed)
                driven.Clock.Advance(left - Scan - passed);
            Assert.Null(driven.Registry.RenewLease(leases[i], "").Refusal);
        }

        driven.Pump.Run();
        Assert.Equal(instances, driven.Registry.InstanceCount);
        Assert.Equal((0, 0), (driven.Registry.LeaseCounters.ExpiredTotal, driven.Registry.LeaseCounters.ProtectedTotal));
        Assert.DoesNotContain(driven.Log.Changes, c => c.Change.Removals.Length > 0 || c.Change.Upserts.Any(u => u.IsSuspect));
        Assert.Equal(instances, states.View.Find(Given.Application("orders"))!.Instances.Count);

        // Nobody lives for ever because of it: who does not renew from now on ends.
        driven.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public void RenewalAfterAPause_BeforeTheExpiryHasNoticed_IsAccepted()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        RegistryOptions options = driven.Registry.Options;
        LeaseRenewal renewal = default;
        using var first = driven.Clock.CreateTimer(_ => renewal = driven.Registry.RenewLease(lease, ""), null, Instant, Timeout.InfiniteTimeSpan);

        driven.Clock.Jump(TimeSpan.FromHours(1));

        Assert.Null(renewal.Refusal);
        driven.Clock.Advance(Ttl - Scan);
        Assert.True(driven.Has("orders", "a"));
        Assert.Equal(Ttl, options.Leases.DefaultTtl);
    }

    [Fact]
    public void MaxLeases_HoldsUnderRacingGrants()
    {
        using var driven = new DrivenRegistry(o => o.Leases.MaxLeases = 100);
        var granted = 0;

        StartingGate.Run(8, _ =>
        {
            for (var i = 0; i < 50; i++)
            {
                var grant = driven.Registry.GrantLeaseAsync(null, "", CancellationToken.None);
                Assert.True(grant.IsCompleted);
#pragma warning disable VSTHRD002, CA2012 // It is complete.
                if (grant.Result.Refusal is null)
                    Interlocked.Increment(ref granted);
                else
                    Assert.Equal(ErrorReasons.LimitLeases, grant.Result.Refusal.Reason);
#pragma warning restore VSTHRD002, CA2012
            }
        });

        Assert.Equal((100, 100), (granted, driven.Registry.LeaseCount));
        driven.Clock.Advance(Ttl + Scan);
        Assert.Equal(0, driven.Registry.LeaseCount);
        driven.Grant();
    }

    [Fact]
    public void LeaseId_IsSixteenBytes_AndItsTextTellsTooLittleToUseIt()
    {
        using var driven = new DrivenRegistry();
        var id = driven.Grant();
        Span<byte> bytes = stackalloc byte[16];
        id.Write(bytes);

        Assert.True(LeaseId.TryRead(bytes, out var read));
        Assert.Equal(id, read);
        Assert.False(LeaseId.TryRead(bytes[..15], out _));
        Assert.False(LeaseId.TryRead([.. bytes, 0], out _));
        Assert.Equal(Convert.ToHexStringLower(bytes[..4]) + "...", id.ToString());
    }
}
