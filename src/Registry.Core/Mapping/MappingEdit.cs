namespace Registry.Core.Mapping;

/// <summary>What one change of an application does to the mapping of one interface.</summary>
internal sealed class MappingEdit(string application)
{
    public string Application { get; } = application;

    /// <summary>Builds of the application that serve the interface from now on.</summary>
    public SortedSet<string> Added { get; } = new(StringComparer.Ordinal);

    /// <summary>Builds of the application that do so no longer.</summary>
    public HashSet<string> Removed { get; } = new(StringComparer.Ordinal);
}
