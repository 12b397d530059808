using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Mapping;
using Registry.Core.Restoring;
using Registry.Core.Tables;
using Registry.TestKit.Audits;
using Registry.TestKit.Changes;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>Apply is a function of tables, change and revision: a replay and another node's applier arrive at the same.</summary>
public sealed class ApplierTests
{
    private readonly StripedTable<ApplicationSnapshot> _applications = new(4, LockLevel.ApplicationStripe);
    private readonly StripedTable<MappingSnapshot> _interfaces = new(4, LockLevel.InterfaceStripe);
    private readonly CommitSection _commits = new(new MemoryChangeLog(), RegistryHistory.New(), instances: 0);
    private readonly Applier _applier;

    public ApplierTests() => _applier = new Applier(_interfaces, _commits, new RegistryOptions().UnmappedInterfaces);

    [Fact]
    public void Replay_OfAHistory_LeadsToTheSameTables()
    {
        using var driven = new DrivenRegistry();
        var random = new Random(4711);
        var lease = driven.Grant(TimeSpan.FromHours(1));
        for (var i = 0; i < 500; i++)
        {
            var application = $"app{random.Next(3)}";
            if (random.Next(3) == 0)
                driven.Deregister(application, $"i{random.Next(5)}", "j");
            else
                driven.Serve(random.Next(4) == 0 ? driven.Grant(TimeSpan.FromHours(1)) : lease, application, $"i{random.Next(5)}", $"x.I{random.Next(4)}", "x.Common");
            if (random.Next(5) == 0)
                driven.Clock.Advance(TimeSpan.FromMinutes(3));
            if (random.Next(10) == 0)
                lease = driven.Grant(TimeSpan.FromHours(1));
        }

        foreach (var (revision, change) in driven.Log.Changes)
            Apply(revision, Replay.Again(change));

        driven.Pump.Run();
        Assert.Equal(driven.Registry.Revision, _commits.PublishedRevision);
        Assert.Equal(driven.Registry.InstanceCount, _commits.InstanceCount);
        Assert.Equal(TableDescription.Of(driven.Registry), TableDescription.Of(_applications.ReadAll(), _interfaces.ReadAll()));
    }

    [Fact]
    public void Build_ThatIsBroughtAgain_KeepsItsInstances()
    {
        var build = Build.Of(["x.Y"]);
        Apply(1, new ApplicationChange { Application = Given.Name("orders"), Upserts = [Life("a", build), Life("b", build)], BuildsAdded = [build] });

        Apply(7, new ApplicationChange { Application = Given.Name("orders"), Upserts = [Life("c", build)], BuildsAdded = [build] });

        var application = _applications.Read(Given.Name("orders"))!;
        Assert.Equal((3, 0L), application.FindBuild(build.Id) is { } use ? (use.Instances, use.UnusedSince) : default);
        Assert.Equal(7, application.Revision);
        Assert.Equal(1, _interfaces.Read(Given.Name("x.Y"))!.Revision);
    }

    [Fact]
    public void Change_OfWhatIsNotThere_IsDefined()
    {
        Apply(3, new ApplicationChange { Application = Given.Name("orders"), Removals = ["a"], BuildsRemoved = [new string('a', 64)] });

        Assert.True(_applications.Read(Given.Name("orders")) is { IsAbsent: true, Revision: 3 });
        Assert.Equal((3, 0), (_commits.PublishedRevision, _commits.InstanceCount));
        Assert.Equal(0, _interfaces.CountEntries());
    }

    [Fact]
    public void Revisions_NearTheEndOfTheNumbers_DoNotWrap()
    {
        Apply(long.MaxValue - 1, new ApplicationChange { Application = Given.Name("orders"), Upserts = [Life("a", null)] });
        Apply(null, new ApplicationChange { Application = Given.Name("orders"), Upserts = [Life("a", null)] });
        Assert.Equal(long.MaxValue, _commits.PublishedRevision);

        Assert.Throws<OverflowException>(() => Apply(null, new ApplicationChange { Application = Given.Name("orders"), Upserts = [Life("a", null)] }));
        Assert.Equal(long.MaxValue, _applications.Read(Given.Name("orders"))!.Revision);
    }

    private void Apply(long? revision, ApplicationChange change)
    {
        var stripe = _applications.StripeOf(change.Application);
        using var held = stripe.Enter();
        Assert.NotNull(_applier.ApplyUnderStripe(
            stripe.FindOrAdd(change.Application, ApplicationSnapshot.Absent), change, attachTo: null, now: 0, reservedBytes: 0, revision));
    }

    private static Instance Life(string id, Build? build) =>
        new(Given.Instance(id) with { BuildId = build?.Id ?? "" }, default(LeaseId), TimeSpan.FromSeconds(15), "", incarnation: 0, isSuspect: false);
}
