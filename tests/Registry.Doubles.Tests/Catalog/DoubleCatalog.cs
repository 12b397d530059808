using System.Reflection;

namespace Registry.Doubles.Tests.Catalog;

/// <summary>All doubles, in the order in which the registry is read.</summary>
internal static class DoubleCatalog
{
    public static IReadOnlyList<BrokenDouble> All { get; } = [.. Of(typeof(WritingDoubles)), .. Of(typeof(LeaseDoubles)), .. Of(typeof(WatchingDoubles)), .. Of(typeof(StorageDoubles)), .. Of(typeof(ServerDoubles))];

    /// <summary>All, or those that the variable REGISTRY_DOUBLES names, separated by commas.</summary>
    public static IEnumerable<BrokenDouble> Chosen =>
        Environment.GetEnvironmentVariable("REGISTRY_DOUBLES") is { Length: > 0 } names ? names.Split(',').Select(name => All.Single(d => d.Name == name)) : All;

    private static IEnumerable<BrokenDouble> Of(Type family) =>
        family.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (BrokenDouble)f.GetValue(null)!);
}
