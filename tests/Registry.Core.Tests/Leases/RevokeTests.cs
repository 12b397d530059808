using Registry.Core.Leases;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Leases;

public sealed class RevokeTests
{
    [Fact]
    public async Task Revoke_RemovesWhatTheLeaseHolds_InAllItsApplications()
    {
        using var driven = new DrivenRegistry();
        var (mine, other) = (driven.Grant(), driven.Grant());
        driven.Register(mine, "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Register(mine, "billing", Given.Instance("a"));
        driven.Register(other, "orders", Given.Instance("c"));

        var revoked = await driven.Registry.RevokeLeaseAsync(mine, "", CancellationToken.None);

        Assert.Null(revoked.Refusal);
        Assert.Equal((3, driven.Registry.Revision), (revoked.Removed, revoked.Revision));
        Assert.Equal("c", Assert.Single(driven.Registry.ReadApplication(Given.Name("orders")).Instances).Id);
        Assert.Equal(1, driven.Registry.LeaseCount);
        Assert.Equal(ErrorReasons.LeaseUnknown, driven.Registry.RenewLease(mine, "").Refusal!.Reason);
    }

    [Fact]
    public async Task Revoke_OfAnUnknownLease_IsFineAndChangesNothing()
    {
        using var driven = new DrivenRegistry();
        var empty = driven.Grant();

        var first = await driven.Registry.RevokeLeaseAsync(empty, "", CancellationToken.None);
        var again = await driven.Registry.RevokeLeaseAsync(empty, "", CancellationToken.None);

        Assert.Equal(new LeaseRevocation(null, 0, 0), first);
        Assert.Equal(new LeaseRevocation(null, 0, 0), again);
        Assert.Equal(0, driven.Registry.Revision);
    }

    [Fact]
    public async Task Revoke_ByAnotherOwner_IsRefusedAndTheLeaseLives()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(owner: "me");

        var revoked = await driven.Registry.RevokeLeaseAsync(lease, "you", CancellationToken.None);

        Assert.Equal((ErrorKind.PermissionDenied, ErrorReasons.OwnerMismatch), (revoked.Refusal!.Kind, revoked.Refusal.Reason));
        Assert.Null(driven.Registry.RenewLease(lease, "me").Refusal);
    }

    [Fact]
    public async Task Revoke_WhileTheLogHasNoRoom_EndsTheLeaseAndTheRestFollows()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Register(lease, "billing", Given.Instance("a"));
        driven.Log.Refusal = new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "full");

        var revoked = await driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None);

        Assert.Equal(ErrorReasons.LogFull, revoked.Refusal!.Reason);
        driven.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, driven.Registry.InstanceCount);
        Assert.Equal(ErrorReasons.LeaseUnknown, driven.Registry.RenewLease(lease, "").Refusal!.Reason);

        driven.Log.Refusal = null;
        driven.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public async Task RevokedLeases_DoNotWaitInMemoryForTheEndOfTheirTtl()
    {
        using var driven = new DrivenRegistry();
        for (var i = 0; i < 20_000; i++)
            await driven.Registry.RevokeLeaseAsync(driven.Grant(TimeSpan.FromHours(24)), "", CancellationToken.None);
        var kept = driven.Grant(TimeSpan.FromHours(24));

        driven.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.InRange(driven.Registry.Expiry.TurnCount, 1, 1_024);
        driven.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(ErrorReasons.LeaseUnknown, driven.Registry.RenewLease(kept, "").Refusal!.Reason);
    }
}
