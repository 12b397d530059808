using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Locking.Strategies;

/// <summary>
/// Copy-on-write of the whole map: a reader takes one reference and has everything at one revision; a writer copies the map of
/// applications, and that of interfaces if a mapping changes. Writers exclude each other. Keeps every promise by itself, reads at one
/// revision included; what it pays with is that a write costs the size of the table.
/// </summary>
internal sealed class CopyOnWrite : IRegistryTables
{
    // Locking
    //   _gate     guards the order of writers: reading _maps, copying, publishing. The only lock.
    //   readers   take none: they read _maps once.
    //   released  after the copy; nothing is awaited inside.
    private readonly Lock _gate = new();
    private readonly Publication _publication = new();
    private Maps _maps = new([], []);

    public long Revision => _publication.Revision;

    public void Load(Population population) => _maps = new Maps(
        population.Applications.ToDictionary(a => a.Name), population.Mappings.ToDictionary(m => m.Name));

    public Resolved Resolve(QualifiedName name) => Resolving.Resolve(Volatile.Read(ref _maps), name);

    public long Write(in Write write)
    {
        lock (_gate)
        {
            var maps = _maps;
            var application = new StripedTable<ApplicationSnapshot>.Entry(maps.Applications[write.Application]);
            var prepared = Building.Prepare(write, application, name => new StripedTable<MappingSnapshot>.Entry(maps.Interfaces[name]));
            var revision = _publication.Stamp(prepared);
            Volatile.Write(ref _maps, maps.With(prepared));
            _publication.Publish(prepared, revision);
            return revision;
        }
    }

    public ApplicationSnapshot? ReadApplication(QualifiedName name) => _maps.ReadApplication(name);

    public MappingSnapshot? ReadInterface(QualifiedName name) => _maps.ReadInterface(name);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed record Maps(
        Dictionary<QualifiedName, ApplicationSnapshot> Applications, Dictionary<QualifiedName, MappingSnapshot> Interfaces)
        : ISnapshots
    {
        public ApplicationSnapshot? ReadApplication(QualifiedName name) => Applications.GetValueOrDefault(name);

        public MappingSnapshot? ReadInterface(QualifiedName name) => Interfaces.GetValueOrDefault(name);

        public Maps With(PreparedChange prepared)
        {
            var applications = new Dictionary<QualifiedName, ApplicationSnapshot>(Applications)
            {
                [prepared.Application.Name] = prepared.Application,
            };
            if (prepared.Edits.IsEmpty)
                return new Maps(applications, Interfaces);

            var interfaces = new Dictionary<QualifiedName, MappingSnapshot>(Interfaces);
            foreach (var (snapshot, _) in prepared.ChangeSet.Topics)
            {
                if (snapshot is MappingSnapshot mapping)
                    interfaces[mapping.Name] = mapping;
            }

            return new Maps(applications, interfaces);
        }
    }
}
