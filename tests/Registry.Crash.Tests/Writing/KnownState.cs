using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Writing;

/// <summary>What is the own of one writer: its instances by id, and which of its builds are declared. Immutable.</summary>
/// <param name="Instances">Instances as consumers see them; a revision or an incarnation of 0 is one that nobody was told.</param>
/// <param name="Builds">Ids of builds.</param>
internal sealed record KnownState(ImmutableSortedDictionary<string, Instance> Instances, ImmutableSortedSet<string> Builds)
{
    public static readonly KnownState Nothing = new(
        ImmutableSortedDictionary.Create<string, Instance>(StringComparer.Ordinal), ImmutableSortedSet.Create<string>(StringComparer.Ordinal));

    /// <summary>How what was found differs from this; null: it does not.</summary>
    public string? DifferenceTo(KnownState found)
    {
        foreach (var (id, expected) in Instances)
        {
            if (!found.Instances.TryGetValue(id, out var instance))
                return $"{id} is missing, which is {expected}";
            var comparable = instance.Clone();
            comparable.Revision = expected.Revision == 0 ? 0 : instance.Revision;
            comparable.Incarnation = expected.Incarnation == 0 ? 0 : instance.Incarnation;
            if (!comparable.Equals(expected))
                return $"{id} is {instance}, and should be {expected}";
        }

        if (found.Instances.Keys.FirstOrDefault(id => !Instances.ContainsKey(id)) is { } more)
            return $"{more} is there, and should not be: {found.Instances[more]}";
        return found.Builds.SetEquals(Builds) ? null : $"declared are [{string.Join(' ', found.Builds)}], and should be [{string.Join(' ', Builds)}]";
    }
}
