using System.Collections.Immutable;
using Registry.Core.Changes;
using Registry.Core.Instances;

namespace Registry.Core.Mapping;

/// <summary>What one change of an application does to the mapping of one interface. Immutable.</summary>
/// <param name="Interface">The interface's name, in the application's namespace.</param>
/// <param name="Added">Builds of the application that serve the interface from now on, in ordinal order.</param>
/// <param name="Removed">Builds of the application that do so no longer, in ordinal order; none of them is among the added.</param>
internal readonly record struct MappingEdit(string Interface, ImmutableArray<string> Added, ImmutableArray<string> Removed)
{
    /// <summary>All edits that a change makes, in ordinal order of the interfaces' names, each interface once.</summary>
    /// <param name="current">The application before the change.</param>
    /// <param name="change">The change. Builds that are there already, or are not there to be removed, edit nothing.</param>
    /// <param name="unmapped">Interfaces that are kept out of the mapping.</param>
    public static ImmutableArray<MappingEdit> AllOf(ApplicationSnapshot current, ApplicationChange change, IReadOnlySet<string> unmapped)
    {
        var edits = ImmutableArray<MappingEdit>.Empty;
        foreach (var build in change.BuildsAdded)
        {
            if (current.FindBuild(build.Id) is null)
                edits = Merge(edits, Of(build, [build.Id], [], unmapped));
        }

        foreach (var id in change.BuildsRemoved)
        {
            if (current.FindBuild(id) is { } use)
                edits = Merge(edits, Of(use.Build, [], [id], unmapped));
        }

        return edits;
    }

    private static ImmutableArray<MappingEdit> Of(
        Build build, ImmutableArray<string> added, ImmutableArray<string> removed, IReadOnlySet<string> unmapped)
    {
        var edits = ImmutableArray.CreateBuilder<MappingEdit>(build.Interfaces.Length);
        foreach (var name in build.Interfaces)
        {
            if (!unmapped.Contains(name))
                edits.Add(new MappingEdit(name, added, removed));
        }

        return edits.DrainToImmutable();
    }

    // Both sides in order. The builds of a change come in order too, so what stands in `more` goes behind what is there.
    private static ImmutableArray<MappingEdit> Merge(ImmutableArray<MappingEdit> edits, ImmutableArray<MappingEdit> more)
    {
        if (edits.IsEmpty)
            return more;
        var merged = ImmutableArray.CreateBuilder<MappingEdit>(edits.Length + more.Length);
        int e = 0, m = 0;
        while (e < edits.Length || m < more.Length)
        {
            var order = e == edits.Length ? 1 : m == more.Length ? -1 : string.CompareOrdinal(edits[e].Interface, more[m].Interface);
            if (order < 0)
                merged.Add(edits[e++]);
            else if (order > 0)
                merged.Add(more[m++]);
            else
                merged.Add(new MappingEdit(edits[e].Interface, [.. edits[e].Added, .. more[m].Added], [.. edits[e++].Removed, .. more[m++].Removed]));
        }

        return merged.DrainToImmutable();
    }
}
