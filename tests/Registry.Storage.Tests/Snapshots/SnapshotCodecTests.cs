using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Storage.Format;
using Registry.Storage.Records;
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

        var read = SnapshotCodec.ToApplication([.. SnapshotCodec.ToRecords(application)], 5);
        Assert.Equal((2, 1), (read.Count, read.UnleasedCount));
        Assert.Equal(("pipeline", 3L, false), (read.Instances[0].Holder, read.Instances[0].Revision, read.Instances[0].IsLeased));
        Assert.Equal((leased.Lease, true, 5L), (read.Instances[1].Lease, read.Instances[1].IsSuspect, read.Instances[1].Revision));
    }

    [Fact]
    public void Application_ThatIsLongerThanAnyRecord_TakesSeveral_AndComesBack()
    {
        var name = new QualifiedName("default", "orders");
        var metadata = new string('m', 4_000);
        var instances = Enumerable.Range(0, 5_000)
            .Select(i =>
            {
                var declared = Declared($"i{i:D5}") with { Metadata = [KeyValuePair.Create("note", metadata)] };
                var instance = new Instance(declared, LeaseId.NewRandom(), TimeSpan.FromSeconds(15), "", i + 1, isSuspect: false);
                instance.Stamp(i + 1);
                return instance;
            });
        var builds = Enumerable.Range(0, 40).Select(i => new BuildUse(Build.Of(Enumerable.Range(0, 500).Select(n => $"x.I{i}{new string('n', 80)}{n}")), 1, 0));
        var application = new ApplicationSnapshot(name, [.. instances], [.. builds]);
        application.Stamp(5_000);

        var records = SnapshotCodec.ToRecords(application).ToList();
        Assert.True(records.Sum(record => record.CalculateSize()) > RecordFrame.MaxLength);
        Assert.All(records, record => Assert.InRange(record.CalculateSize(), 1, 2 * 1024 * 1024));
        Assert.All(records.SkipLast(1), record => Assert.True(record.IsContinued));
        Assert.False(records[^1].IsContinued);

        var read = SnapshotCodec.ToApplication(records, 5_000);
        Assert.Equal(application.Instances.Select(i => (i.Id, i.Revision, i.Lease)), read.Instances.Select(i => (i.Id, i.Revision, i.Lease)));
        Assert.Equal(application.Builds.Select(b => b.Build.Id), read.Builds.Select(b => b.Build.Id));
    }

    [Fact]
    public void Application_ThatGoesOnAsAnotherOne_IsRefused()
    {
        var record = new ApplicationRecord { Namespace = "default", Application = "orders", IsContinued = true };
        Assert.Throws<InvalidDataException>(() => SnapshotCodec.ToApplication([record, new() { Namespace = "default", Application = "billing" }], 1));
    }

    private static InstanceDeclaration Declared(string id) => new() { Id = id, Endpoints = [new EndpointAddress("grpc", "10.0.0.1", 80)] };
}
