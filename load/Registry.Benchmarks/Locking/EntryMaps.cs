using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Locking;

/// <summary>Two plain maps of entries, for strategies that guard them with a lock of their own. Not thread safe.</summary>
internal sealed class EntryMaps : ISnapshots
{
    private readonly Dictionary<QualifiedName, StripedTable<ApplicationSnapshot>.Entry> _applications = [];
    private readonly Dictionary<QualifiedName, StripedTable<MappingSnapshot>.Entry> _interfaces = [];

    public EntryMaps() => FindInterface = name => _interfaces[name];

    public Func<QualifiedName, StripedTable<MappingSnapshot>.Entry> FindInterface { get; }

    public void Load(Population population)
    {
        foreach (var application in population.Applications)
            _applications.Add(application.Name, new StripedTable<ApplicationSnapshot>.Entry(application));
        foreach (var mapping in population.Mappings)
            _interfaces.Add(mapping.Name, new StripedTable<MappingSnapshot>.Entry(mapping));
    }

    public StripedTable<ApplicationSnapshot>.Entry FindApplication(QualifiedName name) => _applications[name];

    public ApplicationSnapshot? ReadApplication(QualifiedName name) => _applications.GetValueOrDefault(name)?.Current;

    public MappingSnapshot? ReadInterface(QualifiedName name) => _interfaces.GetValueOrDefault(name)?.Current;
}
