using Registry.Core.Changes;
using Registry.Core.Mapping;

namespace Registry.Core.Watching;

/// <summary>
/// One stream's standing with one topic: what the client has, and what it has yet to be told. Nothing is queued: who lags keeps
/// the newest snapshot and a mark. Owned by the pump.
/// </summary>
internal sealed class FollowedTopic(WatchStream stream, TopicFeed feed, TopicSnapshot newest)
{
    private TopicDelta? _step;
    private bool _needsWhole;

    public WatchStream Stream => stream;

    public TopicFeed Feed => feed;

    /// <summary>The place in the feed's list.</summary>
    public int Position { get; set; }

    /// <summary>The newest state that the pump has passed, or read from the table when the stream came.</summary>
    public TopicSnapshot Newest { get; private set; } = newest;

    /// <summary>Subscriptions of the stream that ask for this topic.</summary>
    public int Subscriptions { get; set; }

    /// <summary>Interfaces that the stream follows and that map to this application.</summary>
    public int Mappings { get; set; }

    public bool IsWanted => Subscriptions > 0 || Mappings > 0;

    /// <summary>Of an interface: the mapping whose applications the stream follows now because of it.</summary>
    public MappingSnapshot? Followed { get; set; }

    /// <summary>This is in the stream's list of interfaces to reconcile.</summary>
    public bool IsToReconcile { get; set; }

    /// <summary>The client has some state of the topic (sent, or held from before), so an end of following must be told.</summary>
    public bool IsTold { get; private set; }

    /// <summary>There is something to tell, and this is in the stream's list of what there is.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>No longer followed; what still refers to this passes over it.</summary>
    public bool IsGone { get; set; }

    /// <summary>The client holds the newest state from before and needs to be told nothing.</summary>
    public void HoldsNewest() => IsTold = true;

    /// <summary>The client holds something, which the next snapshot replaces.</summary>
    public void HoldsSomething() => IsTold = true;

    /// <summary>The client needs a snapshot.</summary>
    public void NeedWhole()
    {
        _needsWhole = true;
        _step = null;
        MarkDirty();
    }

    /// <summary>Notes a change that the pump passes.</summary>
    public void Offer(in TopicChange change)
    {
        // What the stream read from the table when it came was newer than the pump's place: changes up to there are in it.
        if (change.Snapshot.Revision <= Newest.Revision)
            return;
        Newest = change.Snapshot;

        // A step applies on what the client has only if it is the first since then; and it can't say "absent".
        if (IsDirty || change.Delta is null || change.Snapshot.IsAbsent)
            _needsWhole = true;
        _step = _needsWhole ? null : change.Delta;
        MarkDirty();
    }

    /// <summary>Takes what there is to tell; afterwards the client has the newest state.</summary>
    public TopicMessage Take()
    {
        TopicMessage message = _needsWhole ? Newest : _step!;
        _needsWhole = false;
        _step = null;
        IsDirty = false;
        IsTold = true;
        return message;
    }

    private void MarkDirty()
    {
        if (IsDirty)
            return;
        IsDirty = true;
        stream.Dirty.Add(this);
    }
}
