using Registry.Core;
using Registry.Core.Instances;
using Registry.Core.Mapping;

namespace Registry.TestKit.Audits;

/// <summary>Everything that the tables hold, a line per topic, revisions included: two registries with the same lines have the same state.</summary>
public static class TableDescription
{
    public static IReadOnlyList<string> Of(ServiceRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return Of(registry.Applications.ReadAll(), registry.Interfaces.ReadAll());
    }

    internal static IReadOnlyList<string> Of(IEnumerable<ApplicationSnapshot> applications, IEnumerable<MappingSnapshot> interfaces) =>
    [
        .. applications.Select(Describe).Order(StringComparer.Ordinal),
        .. interfaces.Select(Describe).Order(StringComparer.Ordinal),
    ];

    private static string Describe(ApplicationSnapshot application) =>
        $"{application.Topic}@{application.Revision}: {string.Join(' ', application.Instances.Select(Describe))}"
        + $" | {string.Join(' ', application.Builds.Select(b => $"{b.Build.Id}:{b.Instances}/{b.UnusedSince}"))}";

    private static string Describe(Instance instance)
    {
        var declared = instance.Declaration;
        return $"{instance.Id}@{instance.Revision}/{instance.Incarnation}/{instance.Lease}/{instance.LeaseTtl}/{instance.Owner}/{instance.Holder}/{instance.State}/"
            + $"{declared.BuildId}/{declared.Zone}/{declared.Weight}/{string.Join(',', declared.Endpoints)}/{string.Join(',', declared.Metadata)}";
    }

    private static string Describe(MappingSnapshot mapping) =>
        $"{mapping.Topic}@{mapping.Revision}: {string.Join(' ', mapping.Applications.Select(a => $"{a.Application}={string.Join(',', a.Builds)}"))}";
}
