using System.Collections.Immutable;
using System.Diagnostics;
using Registry.Core.Watching;

namespace Registry.Core.Changes;

/// <summary>
/// All that one revision changed, per topic. The sets form a chain in revision order: the commit section appends, the pump
/// walks at its own pace, and what it has passed is collected. So publishing costs a writer one store, however many streams and
/// subscribers there are. Immutable once published, but for the link.
/// </summary>
/// <remarks>
/// The pump cuts the link behind itself. A set that is dead would be collected without that; but one that had grown old before it died is
/// looked at only by a full collection, and until then keeps alive all that was written after it, so that every young collection
/// would copy the whole of the recent history. (Measured: a write cost half as much again, and the collector's pauses twice as much.)
/// </remarks>
internal sealed class ChangeSet(ImmutableArray<TopicChange> topics)
{
    private ChangeSet? _next;

    public long Revision { get; private set; }

    public ImmutableArray<TopicChange> Topics { get; } = topics;

    /// <summary>The set of the next revision; null: none yet.</summary>
    public ChangeSet? Next => Volatile.Read(ref _next);

    /// <summary>Where a chain starts: nothing changed, at the revision that the registry starts with.</summary>
    public static ChangeSet Start(long revision) => new([]) { Revision = revision };

    // Both are called inside the commit section.
    internal void Stamp(long revision) => Revision = revision;

    internal void Append(ChangeSet next)
    {
        Debug.Assert(_next is null && next.Revision > Revision, "the chain grows at its end, in revision order");
        Volatile.Write(ref _next, next);
    }

    /// <summary>Called by the pump, which is the only walker, when it stands on the next set.</summary>
    internal void Cut() => Volatile.Write(ref _next, null);
}

/// <summary>What one revision did to one topic.</summary>
/// <param name="Snapshot">The topic from then on.</param>
/// <param name="Delta">The step to it; null after an absence: then the whole is the step.</param>
internal readonly record struct TopicChange(TopicSnapshot Snapshot, TopicDelta? Delta);
