using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Tests.Snapshots;

public sealed class SnapshotCodecTests
{
    [Fact]
    public void Application_ComesBackWithItsHolders_AndTheirCount()
    {
        var name = new QualifiedName("default", "orders");
        var held = new Instance(Declared("held"), default, TimeSpan.Zero, "", 3, isSuspect: false, "pipeline");
        var leased = new Instance(Declared("leased"), LeaseId.NewRandom(), TimeSpan.FromSeconds(15), "team", 4, isSuspect: true);
        held.Stamp(3);
        leased.Stamp(5);
        var application = new ApplicationSnapshot(name, [held, leased], [], unleased: 1);
        application.Stamp(5);

        var read = SnapshotCodec.ToApplication(SnapshotCodec.ToRecord(application), 5);
        Assert.Equal((2, 1), (read.Count, read.UnleasedCount));
        Assert.Equal(("pipeline", 3L, false), (read.Instances[0].Holder, read.Instances[0].Revision, read.Instances[0].IsLeased));
        Assert.Equal((leased.Lease, true, 5L), (read.Instances[1].Lease, read.Instances[1].IsSuspect, read.Instances[1].Revision));
    }

    private static InstanceDeclaration Declared(string id) => new() { Id = id, Endpoints = [new EndpointAddress("grpc", "10.0.0.1", 80)] };
}
