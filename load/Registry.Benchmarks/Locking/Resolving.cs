using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Locking;

/// <summary>Finds present snapshots by name.</summary>
internal interface ISnapshots
{
    ApplicationSnapshot? ReadApplication(QualifiedName name);

    MappingSnapshot? ReadInterface(QualifiedName name);
}

/// <summary>A resolve, which is the same whatever guards the tables.</summary>
internal static class Resolving
{
    public static Resolved Resolve(ISnapshots snapshots, QualifiedName name)
    {
        if (snapshots.ReadInterface(name) is not { } mapping)
            return default;
        var instances = 0;
        var newest = 0L;
        foreach (var mapped in mapping.Applications)
        {
            if (snapshots.ReadApplication(new QualifiedName(name.Namespace, mapped.Application)) is not { } application)
                continue;
            instances += application.Count;
            newest = Math.Max(newest, application.Revision);
        }

        return new Resolved(mapping.Revision, newest, instances);
    }
}
