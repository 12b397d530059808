using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>
/// A register that is stopped in the middle of its commit while its lease ends. Without the lease's lock over the commit, the end finds an
/// empty list, and the instance stays for ever. Fails at once then (tests/Registry.Doubles.Tests).
/// </summary>
public sealed class AttachRaceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Register_WhileItsLeaseEnds_LeavesNothingBehind(bool byExpiry)
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();

        HeldWriter.RunInCommit(
            driven.Log,
            () => driven.Register(lease, "orders", Given.Instance("a")),
            () =>
            {
                if (byExpiry)
                    driven.Clock.Advance(driven.Registry.Options.Leases.DefaultTtl * 2);
                else
                    Assert.True(driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None).AsTask().IsCompletedSuccessfully);
            });

        Assert.Equal((0, 0), (driven.Registry.InstanceCount, driven.Registry.LeaseCount));
    }
}
