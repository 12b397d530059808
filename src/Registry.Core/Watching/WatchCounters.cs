namespace Registry.Core.Watching;

/// <summary>
/// What the watching has done since the start, and how its streams stand. Written by the pump alone, read by anybody.
/// </summary>
public sealed class WatchCounters
{
    private long _streams;
    private long _subscriptions;
    private long _batches;
    private long _bookmarks;
    private long _snapshots;
    private long _deltas;
    private long _unchangedOnResume;
    private long _stalledResets;
    private long _caughtUp;
    private long _catchingUp;
    private long _stalled;

    /// <summary>Streams that are open.</summary>
    public long Streams => Interlocked.Read(ref _streams);

    /// <summary>Subscriptions on them.</summary>
    public long Subscriptions => Interlocked.Read(ref _subscriptions);

    /// <summary>Batches sent.</summary>
    public long BatchesTotal => Interlocked.Read(ref _batches);

    /// <summary>Of these: with nothing in them.</summary>
    public long BookmarksTotal => Interlocked.Read(ref _bookmarks);

    /// <summary>Snapshots of topics sent.</summary>
    public long SnapshotsTotal => Interlocked.Read(ref _snapshots);

    /// <summary>Deltas of topics sent.</summary>
    public long DeltasTotal => Interlocked.Read(ref _deltas);

    /// <summary>Topics of resumed streams of which nothing was sent, because nothing had changed.</summary>
    public long UnchangedOnResumeTotal => Interlocked.Read(ref _unchangedOnResume);

    /// <summary>Streams that were given up because they were not read.</summary>
    public long StalledResetsTotal => Interlocked.Read(ref _stalledResets);

    /// <summary>Streams that have been told all there is. Counted once per tick.</summary>
    public long CaughtUp => Interlocked.Read(ref _caughtUp);

    /// <summary>Streams whose last batch has not gone out yet. Counted once per tick.</summary>
    public long CatchingUp => Interlocked.Read(ref _catchingUp);

    /// <summary>Streams whose last batch has not gone out for longer than a bookmark interval. Counted once per tick.</summary>
    public long Stalled => Interlocked.Read(ref _stalled);

    internal void StreamOpened() => Interlocked.Increment(ref _streams);

    internal void StreamClosed() => Interlocked.Decrement(ref _streams);

    internal void SubscriptionsChanged(int by) => Interlocked.Add(ref _subscriptions, by);

    internal void BatchSent(int snapshots, int deltas, bool isBookmark)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _snapshots, snapshots);
        Interlocked.Add(ref _deltas, deltas);
        if (isBookmark)
            Interlocked.Increment(ref _bookmarks);
    }

    internal void UnchangedOnResume() => Interlocked.Increment(ref _unchangedOnResume);

    internal void StalledReset() => Interlocked.Increment(ref _stalledResets);

    internal void Standing(int caughtUp, int catchingUp, int stalled)
    {
        Interlocked.Exchange(ref _caughtUp, caughtUp);
        Interlocked.Exchange(ref _catchingUp, catchingUp);
        Interlocked.Exchange(ref _stalled, stalled);
    }
}
