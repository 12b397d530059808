using System.Collections.Immutable;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>What a topic holds: items by name. Immutable; equal if it holds the same.</summary>
public sealed record TopicContent(ImmutableSortedDictionary<string, string> Items, bool IsAbsent)
{
    public static readonly TopicContent Absent = new(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal), IsAbsent: true);

    public static TopicContent Of(IEnumerable<KeyValuePair<string, string>> items, bool isAbsent = false) =>
        new(Absent.Items.AddRange(items), isAbsent);

    /// <summary>This after a step.</summary>
    public TopicContent With(IEnumerable<KeyValuePair<string, string>> upserts, IEnumerable<string> removals) =>
        new(Items.RemoveRange(removals).SetItems(upserts), IsAbsent: false);

    public bool Equals(TopicContent? other) => other is not null && IsAbsent == other.IsAbsent && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => HashCode.Combine(Items.Count, IsAbsent);

    public override string ToString() => IsAbsent ? "nothing" : $"[{string.Join("; ", Items.Select(i => $"{i.Key}: {i.Value}"))}]";
}
