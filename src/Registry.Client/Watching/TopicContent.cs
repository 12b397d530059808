using System.Collections.Immutable;

namespace Registry.Client.Watching;

/// <summary>
/// What is known of one topic: of an interface the applications that serve it, of an application its instances. Frozen.
/// </summary>
/// <param name="Revision">The revision of the topic's last change; 0 if the server knows of none.</param>
/// <param name="IsAbsent">Nobody declares this interface, or neither an instance nor a build of this application is known.</param>
/// <param name="Items">By application name or instance id, in the order of their bytes.</param>
internal sealed record TopicContent<TItem>(long Revision, bool IsAbsent, ImmutableSortedDictionary<string, TItem> Items)
    where TItem : class
{
    public static ImmutableSortedDictionary<string, TItem> NoItems { get; } =
        ImmutableSortedDictionary.Create<string, TItem>(StringComparer.Ordinal);

    /// <summary>Whether both say the same to a reader, whatever their revisions are.</summary>
    public bool SaysTheSameAs(TopicContent<TItem>? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        return other is not null
            && IsAbsent == other.IsAbsent
            && (ReferenceEquals(Items, other.Items) || (Items.Count == other.Items.Count && Items.SequenceEqual(other.Items)));
    }
}
