using System.Collections.Concurrent;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Locking.Strategies;

/// <summary>
/// ConcurrentDictionary with immutable values: read the present value, build the next one without a lock, put it in if the present
/// one is still there, else once more.
/// </summary>
/// <remarks>
/// What TryUpdate can't keep by itself: it is about one key. A change of an application and a mapping is two of them, and the second
/// may fail when the first is out; and revisions from a counter reach the map in another order than they were given, within a key's
/// retries and across keys. Completed here by one lock in which all values are compared, stamped, stored and published. Not completed:
/// a writer may have to build anew any number of times, and reads of several names see several revisions.
/// </remarks>
internal sealed class OptimisticMap : IRegistryTables
{
    // Locking
    //   _gate     guards every store into the maps, and the publication. The only lock.
    //   readers   take none.
    //   released  after a handful of comparisons and stores; nothing is built inside.
    private readonly Lock _gate = new();
    private readonly Publication _publication = new();
    private ConcurrentDictionary<QualifiedName, ApplicationSnapshot> _applications = new();
    private ConcurrentDictionary<QualifiedName, MappingSnapshot> _interfaces = new();

    public long Revision => _publication.Revision;

    public void Load(Population population)
    {
        _applications = new(population.Applications.Select(a => KeyValuePair.Create(a.Name, a)));
        _interfaces = new(population.Mappings.Select(m => KeyValuePair.Create(m.Name, m)));
    }

    public Resolved Resolve(QualifiedName name) => Resolving.Resolve(this, name);

    public long Write(in Write write)
    {
        while (true)
        {
            var application = _applications[write.Application];
            List<MappingSnapshot>? mappings = null;
            var prepared = Building.Prepare(write, new StripedTable<ApplicationSnapshot>.Entry(application), name =>
            {
                var mapping = _interfaces[name];
                (mappings ??= []).Add(mapping);
                return new StripedTable<MappingSnapshot>.Entry(mapping);
            });
            lock (_gate)
            {
                if (!IsStill(application, mappings))
                    continue;
                var revision = _publication.Stamp(prepared);
                Store(prepared);
                _publication.Publish(prepared, revision);
                return revision;
            }
        }
    }

    public ApplicationSnapshot? ReadApplication(QualifiedName name) => _applications.GetValueOrDefault(name);

    public MappingSnapshot? ReadInterface(QualifiedName name) => _interfaces.GetValueOrDefault(name);

    public void Dispose()
    {
        // Nothing is held.
    }

    private bool IsStill(ApplicationSnapshot application, List<MappingSnapshot>? mappings)
    {
        if (_applications[application.Name] != application)
            return false;
        foreach (var mapping in mappings ?? [])
        {
            if (_interfaces[mapping.Name] != mapping)
                return false;
        }

        return true;
    }

    private void Store(PreparedChange prepared)
    {
        foreach (var (snapshot, _) in prepared.ChangeSet.Topics)
        {
            if (snapshot is MappingSnapshot mapping)
                _interfaces[mapping.Name] = mapping;
        }

        _applications[prepared.Application.Name] = prepared.Application;
    }
}
