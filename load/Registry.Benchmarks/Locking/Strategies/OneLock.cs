using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Locking.Strategies;

/// <summary>
/// One lock around everything, reads too. Keeps every promise by itself, and one more: a resolve sees mapping and applications at one
/// revision, for which the striped tables have to compare revisions. The building is inside: without a lock per name nothing keeps the
/// snapshot from changing meanwhile, and building outside with a check and a second try is what OptimisticMap does.
/// </summary>
internal sealed class OneLock : IRegistryTables
{
    // Locking
    //   _gate     guards the maps, their entries and the publication. The only lock.
    //   readers   take it.
    //   released  after the building and a handful of stores; nothing is awaited inside.
    private readonly Lock _gate = new();
    private readonly EntryMaps _maps = new();
    private readonly Publication _publication = new();

    public long Revision => _publication.Revision;

    public void Load(Population population) => _maps.Load(population);

    public Resolved Resolve(QualifiedName name)
    {
        lock (_gate)
            return Resolving.Resolve(_maps, name);
    }

    public long Write(in Write write)
    {
        lock (_gate)
            return _publication.Commit(Building.Prepare(write, _maps.FindApplication(write.Application), _maps.FindInterface));
    }

    public ApplicationSnapshot? ReadApplication(QualifiedName name) => _maps.ReadApplication(name);

    public MappingSnapshot? ReadInterface(QualifiedName name) => _maps.ReadInterface(name);

    public void Dispose()
    {
        // Nothing is held.
    }
}
