using Registry.Core.Changes;
using Registry.Core.Mapping;

namespace Registry.Core.Watching;

/// <summary>
/// One stream's standing with one topic: what the client has, and whether it has yet to be told something. Nothing is queued: who lags
/// keeps a mark, and is told by the steps that the feed keeps for all, or by the newest snapshot. Owned by the pump.
/// </summary>
internal sealed class FollowedTopic(WatchStream stream, TopicFeed feed, TopicSnapshot newest)
{
    // What the client has: the topic as it stood at this revision. Below zero: nothing that a step could be applied to.
    private long _has = -1;

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

    /// <summary>The client holds the topic from before, as it stood at a revision of this history.</summary>
    public void Holds(long revision)
    {
        IsTold = true;
        _has = revision;
        if (revision < Newest.Revision || Newest.IsAbsent)
            MarkDirty();
    }

    /// <summary>The client holds something of unknown age, which a snapshot replaces.</summary>
    public void HoldsSomething()
    {
        IsTold = true;
        NeedWhole();
    }

    /// <summary>The client needs a snapshot.</summary>
    public void NeedWhole()
    {
        _has = -1;
        MarkDirty();
    }

    /// <summary>Notes a change that the pump passes.</summary>
    public void Offer(in TopicChange change)
    {
        // What the stream read from the table when it came was newer than the pump's place: changes up to there are in it.
        if (change.Snapshot.Revision <= Newest.Revision)
            return;
        Newest = change.Snapshot;
        MarkDirty();
    }

    /// <summary>Adds what there is to tell; afterwards the client has the newest state. True: it is a snapshot.</summary>
    public bool Take(List<WatchItem> items)
    {
        // A step can't say "absent".
        var isWhole = _has < 0 || Newest.IsAbsent || !feed.TryAddSteps(_has, Newest, items);
        if (isWhole)
            items.Add(WatchItem.OfTopic(Newest));
        _has = Newest.Revision;
        IsDirty = false;
        IsTold = true;
        return isWhole;
    }

    private void MarkDirty()
    {
        if (IsDirty)
            return;
        IsDirty = true;
        stream.Dirty.Add(this);
    }
}
