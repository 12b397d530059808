using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Leases;

/// <summary>What becomes of instances whose holder falls silent, on a clock that the test drives.</summary>
public sealed class LeaseTests : DrivenServerTest
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);

    // A lease ends up to one scan after its deadline.
    private static readonly TimeSpan Scan = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task LeaseThatIsNotRenewed_Ends_AndItsInstanceGoes()
    {
        var lease = await GrantAsync(Ttl);
        await RegisterAsync(lease, "orders", "a");
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await follower.UntilAsync("first answer", "the instance", f => f.Instances("orders").Count == 1);
        await PassAsync(Ttl - Scan);
        Assert.Single(follower.Instances("orders"));
        await PassAsync(2 * Scan);
        await follower.UntilAsync("expiry", "orders absent", f => f.Held[Follower.Application("orders")].Absent);
        await RefusedAsync(RenewAsync(lease), StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id");
        await RefusedAsync(RegisterAsync(lease, "orders", "a"), StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id");
    }

    [Fact]
    public async Task LeaseThatIsRenewed_LivesOn()
    {
        var (unary, streamed) = (await GrantAsync(Ttl), await GrantAsync(Ttl));
        await RegisterAsync(unary, "orders", "a");
        await RegisterAsync(streamed, "payments", "a");
        var before = await RevisionAsync();
        using var renewals = Registration.RenewLeases();
        for (var i = 0; i < 12; i++)
        {
            await PassAsync(Ttl - Scan);
            await RenewAsync(unary);
            await renewals.RequestStream.WriteAsync(new RenewLeasesRequest { LeaseIds = { streamed } });
            Assert.True(await renewals.ResponseStream.MoveNext());
            Assert.Equal(1u, renewals.ResponseStream.Current.Renewed);
        }

        await renewals.RequestStream.CompleteAsync();
        Assert.Equal(before, await RevisionAsync());
    }

    [Fact]
    public async Task ManyLeasesEndTogether_AreSuspectFirst_UpAgainIfRenewed_AndGoneAtTheBound()
    {
        // Twenty processes of one instance each fall silent at once: a share of 15 % may go, the others are doubted and kept.
        const int Count = 20, Budget = 3;
        var leases = new List<ByteString>();
        for (var i = 0; i < Count; i++)
        {
            leases.Add(await GrantAsync(Ttl));
            await RegisterAsync(leases[i], "orders", $"i{i:00}");
        }

        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await follower.UntilAsync("first answer", "all instances", f => f.Instances("orders").Count == Count);
        await PassAsync(Ttl + Scan);
        await follower.UntilAsync(
            "protected expiry", $"{Budget} gone and the others suspect", f => f.Instances("orders") is var i && i.Count == Count - Budget && i.All(x => x.State == InstanceState.Suspect));

        // Five come back.
        var alive = follower.Instances("orders").Take(5).Select(i => i.Id).ToArray();
        foreach (var id in alive)
            await RenewAsync(leases[int.Parse(id.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)]);
        await PassAsync(Scan);
        await follower.UntilAsync(
            "renewal of suspects", "five up again", f => f.Instances("orders").Where(i => i.State == InstanceState.Up).Select(i => i.Id).SequenceEqual(alive));

        // The protection ends by itself.
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(62); passed += TimeSpan.FromSeconds(10))
        {
            foreach (var id in alive)
                await RenewAsync(leases[int.Parse(id.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)]);
            await PassAsync(TimeSpan.FromSeconds(10));
        }

        await follower.UntilAsync("end of the protection", "only those who renewed", f => f.Instances("orders").Select(i => i.Id).SequenceEqual(alive));
        Assert.All(follower.Instances("orders"), i => Assert.Equal(InstanceState.Up, i.State));
        await AssertSameAsReadAsync("orders", follower);
        var counters = (await GetAsync("/v1/status"))["leases"]!;
        Assert.Equal(Count - 5, (int)counters["expired"]!);
        Assert.Equal(Count - 5 - Budget, (int)counters["expiredAfterProtection"]!);
        Assert.Equal(5, (int)counters["active"]!);
    }

    [Fact]
    public async Task ServerThatStoodStill_GivesEverybodyTheGap()
    {
        var lease = await GrantAsync(Ttl);
        await RegisterAsync(lease, "orders", "a");
        await PassAsync(Ttl - 2 * Scan);
        var before = await RevisionAsync();
        Clock.Jump(TimeSpan.FromHours(1));
        await PassAsync(Scan);
        await RenewAsync(lease);
        Assert.Equal(before, await RevisionAsync());
        await PassAsync(Ttl + Scan);
        await RefusedAsync(RenewAsync(lease), StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id");
    }

    [Fact]
    public async Task BuildWithoutInstances_StaysMapped_ForTheRetentionTime()
    {
        var lease = await GrantAsync(Ttl);
        await RegisterAsync(lease, "orders", "a", "x.X");
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"));
        await follower.ReachesAsync((await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease })).Revision);
        Assert.False(follower.Held[Follower.Interface("x.X")].Absent);
        Assert.Empty(follower.Instances("orders"));
        await PassAsync(TimeSpan.FromSeconds(595));
        Assert.False(follower.Held[Follower.Interface("x.X")].Absent);
        await PassAsync(TimeSpan.FromSeconds(10));
        await follower.UntilAsync("end of the retention", "the mapping absent", f => f.Held[Follower.Interface("x.X")].Absent);
        Assert.Equal([Follower.Application("orders")], follower.Dropped);
    }

    private async Task RenewAsync(ByteString lease) => await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease });
}
