using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Restoring;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Locking.Strategies;

/// <summary>
/// The registry's own: striped tables, Applier and commit section, as they are. Keeps every promise; what it does not give is a read of
/// several names at one revision, for which the registry compares revisions (ReadTogether).
/// </summary>
internal sealed class StripedTables : IRegistryTables
{
    private const int Stripes = 256;

    private readonly StripedTable<ApplicationSnapshot> _applications = new(Stripes, LockLevel.ApplicationStripe);
    private readonly StripedTable<MappingSnapshot> _interfaces = new(Stripes, LockLevel.InterfaceStripe);
    private readonly CommitSection _commits = new(
        new MemoryChangeLog(), RegistryHistory.New() with { LastRevision = Population.StartRevision }, instances: 0);
    private readonly Applier _applier;

    public StripedTables() => _applier = new Applier(_interfaces, _commits, unmapped: []);

    public long Revision => _commits.PublishedRevision;

    public void Load(Population population)
    {
        foreach (var application in population.Applications)
            Add(_applications, application.Name, application);
        foreach (var mapping in population.Mappings)
            Add(_interfaces, mapping.Name, mapping);
    }

    public Resolved Resolve(QualifiedName name) => Resolving.Resolve(this, name);

    public long Write(in Write write)
    {
        var stripe = _applications.StripeOf(write.Application);
        using var held = stripe.Enter();
        var entry = stripe.FindOrAdd(write.Application, ApplicationSnapshot.Absent);
        return _applier.ApplyUnderStripe(entry, write.Decide(entry.Current), attachTo: null, now: 0, reservedBytes: 0)!.Revision;
    }

    public ApplicationSnapshot? ReadApplication(QualifiedName name) => _applications.Read(name);

    public MappingSnapshot? ReadInterface(QualifiedName name) => _interfaces.Read(name);

    public void Dispose()
    {
        // Nothing is held.
    }

    private static void Add<T>(StripedTable<T> table, QualifiedName name, T snapshot)
        where T : Registry.Core.Watching.TopicSnapshot
    {
        var stripe = table.StripeOf(name);
        using var held = stripe.Enter();
        stripe.FindOrAdd(name, _ => snapshot);
    }
}
