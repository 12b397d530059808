using System.Collections.Frozen;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Locking;

/// <summary>The building work of a write, the registry's own, for those strategies that do not go through its Applier.</summary>
internal static class Building
{
    public static readonly FrozenSet<string> NoneUnmapped = FrozenSet<string>.Empty;

    /// <summary>Decides a write and builds all that it makes.</summary>
    /// <param name="write">The write.</param>
    /// <param name="application">The application's place; only read.</param>
    /// <param name="findInterface">Finds an interface's place; only read.</param>
    public static PreparedChange Prepare(
        in Write write,
        StripedTable<ApplicationSnapshot>.Entry application,
        Func<QualifiedName, StripedTable<MappingSnapshot>.Entry> findInterface)
    {
        var prepared = new PreparedChange(write.Decide(application.Current), application, NoneUnmapped);
        foreach (var edit in prepared.Edits)
            prepared.AddMapping(findInterface(new QualifiedName(write.Application.Namespace, edit.Interface)), edit);
        prepared.Seal();
        return prepared;
    }
}
