using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Registering;

/// <summary>Instances without a lease, as clients meet them.</summary>
public sealed class HolderTests : ServerTest
{
    [Fact]
    public async Task Holder_IsSeenByEveryReader_AndAnInstanceOnALeaseHasNone()
    {
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await RegisterAsync(await GrantAsync(), "orders", "leased");

        var registered = await HoldAsync("files", "held");

        var resolved = (await Discovery.ResolveAsync(new ResolveRequest { Applications = { "orders" } })).Applications.Single().Instances;
        Assert.Equal([("held", "files"), ("leased", "")], resolved.Select(i => (i.Id, i.Holder)));
        await follower.ReachesAsync(registered.Revision, "the watch");
        Assert.Equal(["files", ""], follower.Instances("orders").Select(i => i.Holder));
        var read = (await GetAsync("/v1/applications/orders"))["instances"]!.AsArray();
        Assert.Equal(["files", ""], read.Select(i => (string)i!["holder"]!));
        Assert.Equal(1, (int)(await StatusAsync("leases", "active")));
    }

    [Fact]
    public async Task Register_OfBothOrNeither_NamesTheField()
    {
        var both = Declare.Request(await GrantAsync(), "orders", "a");
        both.Holder = "files";
        await RefusedAsync(Registration.RegisterAsync(both).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "holder");
        await RefusedAsync(
            Registration.RegisterAsync(Declare.Request(ByteString.Empty, "orders", "a")).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "lease_id");
        await RefusedAsync(HoldAsync("no name", "a"), StatusCode.InvalidArgument, "INVALID_FIELD", "holder");
        await RefusedAsync(HoldAsync(new string('x', 129), "a"), StatusCode.InvalidArgument, "INVALID_FIELD", "holder");
        Assert.Equal(0, await RevisionAsync());
        await HoldAsync(new string('x', 128), "a");
    }

    [Fact]
    public async Task SameHolderAgain_UpdatesUnderTheSameIncarnation_AnotherOneTakesOver()
    {
        var first = await HoldAsync("files", "a");
        var again = await HoldAsync("files", "a");
        var moved = await HoldAsync("files", "a", port: 9);
        var taken = await HoldAsync("pipeline", "a", port: 9);

        Assert.Equal((1L, 1L), (first.Revision, first.Instances[0].Incarnation));
        Assert.Equal((1L, 1L), (again.Revision, again.Instances[0].Incarnation));
        Assert.Equal((2L, 1L), (moved.Revision, moved.Instances[0].Incarnation));
        Assert.Equal((3L, 3L), (taken.Revision, taken.Instances[0].Incarnation));
    }

    [Fact]
    public async Task Holder_TakesOverFromALease_WhichIsToldAndWhoseEndRemovesNothing()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a");

        await HoldAsync("files", "a");

        var lost = Assert.Single((await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease })).Lost);
        Assert.Equal(("a", 1L, LostInstance.Types.Cause.TakenOver), (lost.InstanceId, lost.Incarnation, lost.Cause));
        Assert.Equal(0u, (await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease })).RemovedInstances);
        var deregistered = await Registration.DeregisterAsync(new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = "a", Incarnation = 2 } } });
        Assert.Equal(1u, deregistered.Removed);
    }

    private async Task<RegisterResponse> HoldAsync(string holder, string id, uint port = 8080) =>
        await Registration.RegisterAsync(new RegisterRequest { Application = "orders", Holder = holder, Instances = { Declare.Instance(id, port: port) } });
}
