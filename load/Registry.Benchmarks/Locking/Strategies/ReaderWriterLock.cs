using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Locking.Strategies;

/// <summary>
/// ReaderWriterLockSlim. Readers share; a writer builds in the upgradeable mode, which keeps other writers out and lets readers go on,
/// and takes the write mode for the stores alone. Keeps every promise by itself, reads at one revision included.
/// </summary>
internal sealed class ReaderWriterLock : IRegistryTables
{
    // Locking
    //   _gate     read mode: reading the maps. Upgradeable: deciding and building. Write mode: stamping, swapping, publishing.
    //   order     the only lock; upgradeable before write.
    //   released  after a handful of stores; nothing is awaited inside.
    private readonly ReaderWriterLockSlim _gate = new(LockRecursionPolicy.NoRecursion);
    private readonly EntryMaps _maps = new();
    private readonly Publication _publication = new();

    public long Revision => _publication.Revision;

    public void Load(Population population) => _maps.Load(population);

    public Resolved Resolve(QualifiedName name)
    {
        _gate.EnterReadLock();
        try
        {
            return Resolving.Resolve(_maps, name);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    public long Write(in Write write)
    {
        _gate.EnterUpgradeableReadLock();
        try
        {
            var prepared = Building.Prepare(write, _maps.FindApplication(write.Application), _maps.FindInterface);
            _gate.EnterWriteLock();
            try
            {
                return _publication.Commit(prepared);
            }
            finally
            {
                _gate.ExitWriteLock();
            }
        }
        finally
        {
            _gate.ExitUpgradeableReadLock();
        }
    }

    public ApplicationSnapshot? ReadApplication(QualifiedName name) => _maps.ReadApplication(name);

    public MappingSnapshot? ReadInterface(QualifiedName name) => _maps.ReadInterface(name);

    public void Dispose() => _gate.Dispose();
}
