using Registry.Core;
using Registry.Core.Restoring;
using Registry.Storage.Devices;

namespace Registry.Storage;

/// <summary>
/// A registry whose state is on the disk of this machine: what it has acknowledged is there after a restart, a kill, or a power cut.
/// Thread safe.
/// </summary>
public sealed class DurableRegistry : IDisposable
{
    private readonly DiskChangeLog _log;

    private DurableRegistry(ServiceRegistry registry, DiskChangeLog log, RecoverySummary recovery)
    {
        Registry = registry;
        _log = log;
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

    /// <summary>The log.</summary>
    internal DiskChangeLog Log => _log;

    /// <summary>Reads what is in a directory, or begins anew if nothing is. Returns when all of it is read.</summary>
    /// <param name="directory">An absolute path. It is made if it is not there, and is this process's alone until this object is disposed.</param>
    /// <param name="options">What can be set of the registry; must be valid.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="UnusableStorageException">The directory can't be used, or what is in it can't be trusted.</exception>
    public static DurableRegistry Open(string directory, RegistryOptions options, TimeProvider time) => Open(
        DiskDevice.OpenDirectory(directory),
        options,
        new DiskLogOptions(),
        time,
        static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));

    /// <summary>Writes what is queued, and gives the directory back. What waits for more is told STORAGE_FAILED.</summary>
    public void Dispose()
    {
        Registry.Dispose();
        _log.Dispose();
    }

    internal static DurableRegistry Open(
        IStorageDevice device,
        RegistryOptions options,
        DiskLogOptions logOptions,
        TimeProvider time,
        Action<IThreadPoolWorkItem> schedulePump,
        bool ownThread = true)
    {
        var started = time.GetTimestamp();
        var restore = new StateRestore(options);
        var changes = 0L;
        var log = DiskChangeLog.Open(
            device,
            logOptions,
            time,
            (revision, change) =>
            {
                restore.Apply(revision, change);
                changes++;
            },
            ownThread);
        restore.Complete();
        var registry = new ServiceRegistry(options, time, log, schedulePump, order: null, log.History, restore);
        var summary = new RecoverySummary(log.History.LastRevision, changes, log.TornBytes, time.GetElapsedTime(started));
        return new DurableRegistry(registry, log, summary);
    }
}

/// <summary>What a start found on the disk.</summary>
/// <param name="Revision">The revision that the registry goes on from; 0: it is new.</param>
/// <param name="Changes">How many changes were read.</param>
/// <param name="TornBytes">What a power cut, or the end of the process, had left unfinished, in bytes; nobody was told that it was kept.</param>
/// <param name="Duration">How long it took.</param>
public sealed record RecoverySummary(long Revision, long Changes, long TornBytes, TimeSpan Duration);
