using Registry.Core;
using Registry.Storage.Backups;
using Registry.Storage.Devices;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;

namespace Registry.Storage;

/// <summary>
/// A registry whose state is on the disk of this machine: what it has acknowledged is there after a restart, a kill, or a power cut.
/// Thread safe.
/// </summary>
public sealed class DurableRegistry : IDisposable
{
    // How often is looked whether a snapshot is due, and while one is taken, whether the log has come far enough.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly DiskChangeLog _log;
    private readonly SnapshotWriter _snapshots;
    private readonly TimeProvider _time;

    // Only who has claimed _isTakingSnapshot asks it or changes it.
    private readonly SnapshotSchedule _schedule;
    private ITimer? _timer;
    private long _snapshotsTaken;
    private int _isTakingSnapshot;
    private volatile bool _isStopping;

    private DurableRegistry(
        ServiceRegistry registry, DiskChangeLog log, SnapshotWriter snapshots, SnapshotSchedule schedule, RecoverySummary recovery, TimeProvider time)
    {
        _time = time;
        Registry = registry;
        _log = log;
        _snapshots = snapshots;
        _schedule = schedule;
        Recovery = recovery;
    }

    /// <summary>The registry, as it was when its last change became durable. Not started yet: see <see cref="ServiceRegistry.Start"/>.</summary>
    public ServiceRegistry Registry { get; }

    /// <summary>What was found in the directory.</summary>
    public RecoverySummary Recovery { get; }

    /// <summary>
    /// Completes with the reason when the disk can't be trusted any more: writes are refused from then on, with STORAGE_FAILED, and only a
    /// new start helps. A full disk is not such a reason: writes go on when there is room.
    /// </summary>
    public Task<Exception> Failed => _log.Failed;

    /// <summary>The disk has no room: writes are refused with LOG_FULL, and go on by themselves when it has.</summary>
    public bool IsDiskFull => _log.IsFull;

    /// <summary>Everything up to this revision is on the disk.</summary>
    public long DurableRevision => _log.DurableRevision;

    /// <summary>How many commits the log has made since the start, each one sync of the disk.</summary>
    public long Commits => _log.Commits;

    /// <summary>How much was written to the log since the start, in bytes.</summary>
    public long WrittenBytes => _log.WrittenBytes;

    /// <summary>How many state snapshots were taken since the start.</summary>
    public long SnapshotsTaken => Volatile.Read(ref _snapshotsTaken);

    /// <summary>Where it is.</summary>
    internal IStorageDevice Device { get; private init; } = null!;

    /// <summary>The log.</summary>
    internal DiskChangeLog Log => _log;

    /// <summary>Reads what is in a directory, or begins anew if nothing is. Returns when all of it is read.</summary>
    /// <param name="directory">An absolute path. It is made if it is not there, and is this process's alone until this object is disposed.</param>
    /// <param name="options">What can be set of the registry; must be valid.</param>
    /// <param name="logOptions">What can be set of the log; must be valid.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Is told how far the reading is, and can end it; null: nobody asks.</param>
    /// <exception cref="UnusableStorageException">The directory can't be used, or what is in it can't be trusted.</exception>
    /// <exception cref="OperationCanceledException">The reading was to end. What is in the directory is as it was.</exception>
    public static DurableRegistry Open(
        string directory, RegistryOptions options, LogOptions logOptions, TimeProvider time, RecoveryProgress? progress = null) => Open(
        DiskDevice.OpenDirectory(directory),
        options,
        logOptions,
        time,
        static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false),
        progress: progress);

    /// <summary>Begins a backup of the registry as it stands. Nobody waits for it. Thread safe.</summary>
    public StateBackup TakeBackup() => new(Registry.TakeImage(), _log.Epochs, _time.GetUtcNow(), _log.WaitDurableAsync);

    /// <summary>
    /// Why the last state snapshot could not be taken; null: it could. The log is kept then, and grows; the next try is made when it has grown
    /// by as much again.
    /// </summary>
    public Exception? SnapshotFailure { get; private set; }

    /// <summary>Writes what is queued, and gives the directory back. What waits for more is told STORAGE_FAILED.</summary>
    public void Dispose()
    {
        if (_isStopping)
            return;
        _isStopping = true;
        _timer?.Dispose();

        // Claimed for good: nobody is taking a snapshot, and nobody begins one, also not a timer that was firing.
        while (Interlocked.Exchange(ref _isTakingSnapshot, 1) != 0)
            Thread.Sleep(Glance);
        Registry.Dispose();
        _log.Dispose();
    }

    internal static DurableRegistry Open(
        IStorageDevice device,
        RegistryOptions options,
        LogOptions logOptions,
        TimeProvider time,
        Action<IThreadPoolWorkItem> schedulePump,
        bool ownThread = true,
        RecoveryProgress? progress = null)
    {
        var started = time.GetTimestamp();
        var replay = new StateReplay(options);
        var log = DiskChangeLog.Open(device, logOptions, time, replay, ownThread, progress);
        replay.State.Complete();
        var registry = new ServiceRegistry(options, time, log, schedulePump, order: null, log.History, replay.State);
        var summary = new RecoverySummary(log.History.LastRevision, replay.Changes, log.TornBytes, time.GetElapsedTime(started));
        var durable = new DurableRegistry(registry, log, new SnapshotWriter(device, log, time), new SnapshotSchedule(logOptions, time), summary, time)
        {
            Device = device,
        };
        if (ownThread)
            durable._timer = time.CreateTimer(static state => ((DurableRegistry)state!).SnapshotIfDue(), durable, Look, Look);
        return durable;
    }

    /// <summary>Takes a state snapshot now, and waits for the disk. By one thread at a time, and not while one is taken by itself.</summary>
    internal bool TakeSnapshot() => TakeSnapshot(AwaitDurable);

    /// <summary>Takes a state snapshot. By one thread at a time.</summary>
    /// <param name="awaitDurable">Returns when the log is durable to a revision; false: it never will be.</param>
    internal bool TakeSnapshot(Func<long, bool> awaitDurable)
    {
        _schedule.Begin(_log.Bytes);
        try
        {
            var length = _snapshots.Run(Registry, awaitDurable, () => _isStopping);
            SnapshotFailure = null;
            if (length > 0)
            {
                _schedule.Taken(length);
                Interlocked.Increment(ref _snapshotsTaken);
            }

            return length > 0;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or UnusableStorageException)
        {
            SnapshotFailure = wrong;
            return false;
        }
    }

    /// <summary>
    /// Has a state snapshot taken if the log has grown by enough, on a thread of its own for the time that it takes, because it waits for the
    /// disk. Returns that thread; null: none is due, or one is being taken. Thread safe.
    /// </summary>
    internal Thread? SnapshotIfDue()
    {
        if (_isStopping)
            return null;

        // Claimed by one field, and not seen from the thread: it is not alive until it has started, and on a busy machine the timer fires again
        // before that. Two snapshots at once would each delete the other as superfluous, and the log behind both: everything that was
        // acknowledged would be gone.
        if (Interlocked.Exchange(ref _isTakingSnapshot, 1) != 0)
            return null;
        if (!_schedule.IsDue(_log.Bytes))
        {
            Volatile.Write(ref _isTakingSnapshot, 0);
            return null;
        }

        var thread = new Thread(() =>
        {
            TakeSnapshot(AwaitDurable);
            Volatile.Write(ref _isTakingSnapshot, 0);
        })
        {
            IsBackground = true,
            Name = "state snapshot",
        };
        thread.Start();
        return thread;
    }

    private bool AwaitDurable(long revision)
    {
        while (_log.DurableRevision < revision)
        {
            if (_isStopping || Failed.IsCompleted)
                return false;
            Thread.Sleep(Glance);
        }

        return true;
    }
}

/// <summary>What a start found on the disk.</summary>
/// <param name="Revision">The revision that the registry goes on from; 0: it is new.</param>
/// <param name="Changes">How many changes were read, beside those in the state snapshot.</param>
/// <param name="TornBytes">What a power cut, or the end of the process, had left unfinished, in bytes; nobody was told that it was kept.</param>
/// <param name="Duration">How long it took.</param>
public sealed record RecoverySummary(long Revision, long Changes, long TornBytes, TimeSpan Duration);
