using System.Collections.Immutable;
using System.Diagnostics;
using Registry.Core.Interleaving;
using Registry.Core.Restoring;
using Registry.Core.Tables;

namespace Registry.Core.Changes;

/// <summary>
/// The one place where a change gets its revision and becomes visible. Everything is built before; here it is stamped, queued for
/// the log, swapped in, published and handed to the watchers, in this order, by one thread at a time. So the order of revisions
/// is the order of the log and of publication, within a topic and across topics.
/// </summary>
internal sealed class CommitSection
{
    // Locking
    //   _gate     guards _tail, _recordings, and the writing of _revision, _instances, _unleased and of every Entry.Current in both tables.
    //   readers   take no lock: PublishedRevision and the counts of instances are read as they are. A snapshot may be visible before its
    //             revision is published; who reads several topics at one revision looks at both (ReadTogether).
    //   order     last of all locks; nothing is taken inside.
    //   released  after a handful of stores. Nothing is built, called out to or waited for inside. (The log's Append is a store
    //             into a queue in memory; IChangeLog says so.)
    //
    // The story that this lock prevents: two writers of different applications change one shared interface. With an interlocked
    // counter in its place the first takes revision 7, the second 8; the second swaps and publishes first, then the first; and
    // every watcher of the interface ends on 7, the older value, until the next change.
    private readonly Lock _gate = new();
    private readonly IChangeLog _log;

    // A revision below this may have been seen before a restart, and have meant something that was lost.
    private readonly long _lastBefore;

    private AccessGuard _guard;
    private ChangeSet _tail;

    // Mostly none. An array that is replaced, so that a commit without one pays for the reading of a field.
    private ImmutableArray<List<ChangeSet>> _recordings = [];
    private long _revision;
    private int _instances;
    private int _unleased;

    /// <param name="log">Where changes are queued.</param>
    /// <param name="history">Where revisions go on.</param>
    /// <param name="instances">How many instances there are already.</param>
    /// <param name="unleased">How many of them hang on no lease.</param>
    public CommitSection(IChangeLog log, RegistryHistory history, int instances, int unleased = 0)
    {
        _log = log;
        _lastBefore = history.FirstRevision - 1;
        _revision = history.LastRevision;
        _instances = instances;
        _unleased = unleased;
        _tail = ChangeSet.Start(history.LastRevision);
    }

    /// <summary>The newest revision that is visible in all its topics.</summary>
    public long PublishedRevision => Volatile.Read(ref _revision);

    /// <summary>The instances in the registry.</summary>
    public int InstanceCount => Volatile.Read(ref _instances);

    /// <summary>Those of them that hang on no lease.</summary>
    public int UnleasedCount => Volatile.Read(ref _unleased);

    /// <summary>
    /// Commits. The caller holds the application's stripe, the stripes of all interfaces concerned and, if something is attached,
    /// the lease's lock.
    /// </summary>
    /// <param name="prepared">All that was built.</param>
    /// <param name="reservedBytes">Room in the log's queue that the caller has reserved.</param>
    /// <param name="revision">The revision that another orderer gave; null: the next one.</param>
    public long Commit(PreparedChange prepared, int reservedBytes, long? revision = null)
    {
        using var held = new HeldLock(_gate, LockLevel.Commit);
        var next = revision ?? checked(Math.Max(_revision, _lastBefore) + 1);
        _guard.Enter("the commit section");
        Debug.Assert(next > _revision, "revisions grow");
        prepared.Stamp(next);
        _log.Append(next, prepared.Change, reservedBytes);
        prepared.Swap();
        YieldPoint.Reach(YieldPoint.Swapped);
        Volatile.Write(ref _instances, _instances + prepared.InstancesAdded);
        Volatile.Write(ref _unleased, _unleased + prepared.UnleasedAdded);
        Volatile.Write(ref _revision, next);
        _tail.Append(prepared.ChangeSet);
        _tail = prepared.ChangeSet;
        foreach (var recording in _recordings)
            recording.Add(prepared.ChangeSet);
        _guard.Leave();
        return next;
    }

    /// <summary>
    /// Where a new pump starts to walk. The pumps' places are all that keeps the chain: were its first link held here, no change
    /// that was ever made could be collected.
    /// </summary>
    public ChangeSet ReadTail()
    {
        using var held = new HeldLock(_gate, LockLevel.Commit);
        return _tail;
    }

    /// <summary>
    /// Keeps every change from now on beside the chain, which the pump cuts behind itself and which therefore only the pump can walk. Until
    /// <see cref="EndRecording"/>; meant for moments.
    /// </summary>
    public List<ChangeSet> BeginRecording()
    {
        var recording = new List<ChangeSet>();
        using var held = new HeldLock(_gate, LockLevel.Commit);
        _recordings = _recordings.Add(recording);
        return recording;
    }

    /// <summary>Ends a recording, which is the caller's alone from then on. Returns the revision that it goes up to.</summary>
    public long EndRecording(List<ChangeSet> recording)
    {
        using var held = new HeldLock(_gate, LockLevel.Commit);
        _recordings = _recordings.Remove(recording);
        return _revision;
    }

    /// <summary>Runs a short read while nothing can be committed: what it collects stands at the published revision.</summary>
    public long ReadStandingStill(Action collect)
    {
        using var held = new HeldLock(_gate, LockLevel.Commit);
        collect();
        return _revision;
    }
}
