using System.Security.Cryptography;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>What operators see of leases, and how they end one.</summary>
public sealed class LeaseDirectoryTests
{
    [Fact]
    public void PublicId_IsTheBeginningOfTheHashOfTheId()
    {
        LeaseId.TryRead([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], out var id);

        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]).AsSpan(0, 8)),
            PublicLeaseId.Of(id).ToString());
    }

    [Fact]
    public void Pages_ListEachLeaseOnce_InTheOrderOfTheirIds()
    {
        using var driven = new DrivenRegistry();
        var granted = Enumerable.Range(0, 25).Select(_ => PublicLeaseId.Of(driven.Grant())).ToHashSet();

        var listed = new List<LeaseDescription>();
        PublicLeaseId? after = null;
        while (driven.Registry.ListLeases(null, after, 10) is { Count: > 0 } page)
        {
            listed.AddRange(page);
            after = page[^1].Id;
        }

        Assert.Equal(25, listed.Count);
        Assert.Equal(granted.OrderBy(id => id.Value), listed.Select(l => l.Id));
    }

    [Fact]
    public void Description_TellsTtlRestStateAndInstances()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromSeconds(20));
        driven.Register(lease, "orders", Given.Instance("b"), Given.Instance("a"));
        driven.Register(lease, "billing", Given.Instance("z"));
        driven.Advance(TimeSpan.FromSeconds(5));

        var active = Assert.Single(driven.Registry.ListLeases(null, null, 10));
        driven.Advance(TimeSpan.FromSeconds(16));
        var overdue = Assert.Single(driven.Registry.ListLeases(null, null, 10));

        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(15), false), (active.Ttl, active.Remaining, active.IsOverdue));
        Assert.Equal(
            [(Given.Name("billing"), "z"), (Given.Name("orders"), "a"), (Given.Name("orders"), "b")], active.Held.Select(h => (h.Application, h.InstanceId)));
        Assert.True(overdue.IsOverdue);
        Assert.InRange(overdue.Remaining, TimeSpan.FromSeconds(58), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void FilterByApplication_ListsTheLeasesThatHoldAnInstanceOfIt()
    {
        using var driven = new DrivenRegistry();
        var (one, other, neither) = (driven.Grant(), driven.Grant(), driven.Grant());
        driven.Register(one, "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Register(other, "orders", Given.Instance("c"));
        driven.Register(neither, "billing", Given.Instance("a"));

        var listed = driven.Registry.ListLeases(Given.Name("orders"), null, 10).Select(l => l.Id);

        Assert.Equal(new[] { PublicLeaseId.Of(one), PublicLeaseId.Of(other) }.OrderBy(id => id.Value), listed);
        Assert.Empty(driven.Registry.ListLeases(Given.Name("nobody"), null, 10));
    }

    [Fact]
    public async Task Revocation_ByTheBeginningOfTheId_EndsThatLease()
    {
        using var driven = new DrivenRegistry();
        var (mine, yours) = (driven.Grant(), driven.Grant());
        driven.Register(mine, "orders", Given.Instance("a"));
        driven.Register(yours, "orders", Given.Instance("b"));
        var id = PublicLeaseId.Of(mine).ToString();

        var (revocation, whole) = await driven.Registry.RevokeLeaseOfAsync(id[..12], CancellationToken.None);

        Assert.Equal((null, 1, id), (revocation.Refusal, revocation.Removed, whole.ToString()));
        Assert.False(driven.Has("orders", "a"));
        Assert.True(driven.Has("orders", "b"));
        Assert.Equal(ErrorReasons.LeaseUnknown, driven.Registry.RenewLease(mine, "").Refusal!.Reason);
    }

    [Fact]
    public async Task Revocation_OfWhatSeveralLeasesBeginWith_IsRefusedAndEndsNone()
    {
        // Seventeen leases: two of them share the first digit.
        using var driven = new DrivenRegistry();
        var shared = Enumerable.Range(0, 17).Select(_ => PublicLeaseId.Of(driven.Grant()).ToString()[..1]).GroupBy(d => d).First(g => g.Count() > 1).Key;

        var (revocation, _) = await driven.Registry.RevokeLeaseOfAsync(shared, CancellationToken.None);

        Assert.Equal((ErrorKind.FailedPrecondition, ErrorReasons.LeaseAmbiguous, "id"), (revocation.Refusal!.Kind, revocation.Refusal.Reason, revocation.Refusal.Field));
        Assert.Equal(17, driven.Registry.LeaseCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("xyz1")]
    [InlineData("ABCD")]
    [InlineData("00000000000000000")]
    public async Task Revocation_OfWhatIsNoId_IsRefused(string id)
    {
        using var driven = new DrivenRegistry();

        var (revocation, _) = await driven.Registry.RevokeLeaseOfAsync(id, CancellationToken.None);

        Assert.Equal((ErrorKind.InvalidArgument, "id"), (revocation.Refusal!.Kind, revocation.Refusal.Field));
    }

    [Fact]
    public async Task Revocation_OfALeaseThatIsGone_IsNotFound()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        await driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None);

        var (revocation, _) = await driven.Registry.RevokeLeaseOfAsync(PublicLeaseId.Of(lease).ToString(), CancellationToken.None);

        Assert.Equal((ErrorKind.NotFound, ErrorReasons.LeaseUnknown), (revocation.Refusal!.Kind, revocation.Refusal.Reason));
    }
}
