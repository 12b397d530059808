using Registry.Core;
using Registry.Core.Interleaving;
using Registry.Core.Restoring;
using Registry.Storage.Devices;
using Registry.Storage.Format;

namespace Registry.Storage.Snapshots;

/// <summary>
/// Writes the state beside the log, so that the log can be cut behind it and a start has little to read. One at a time; nobody stands still
/// for it.
/// </summary>
/// <remarks>
/// The snapshot stands at one revision and counts only when the log is durable to it: else it could hold a change that a power cut takes from
/// the log, and that nobody was ever told is kept. And the log is cut only after the snapshot was read back: if this server can write
/// something that it can't read, the log still has all of it.
/// </remarks>
internal sealed class SnapshotWriter(IStorageDevice device, DiskChangeLog log, TimeProvider time)
{
    // Each piece is synced before the next one is written. Were all of it left to one sync at the end, the file system would write it out in
    // one go, and the log's next sync, which every writer waits for, would queue up behind it.
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>Takes a snapshot, and cuts the log. Returns how many bytes it has; 0: there is none, and nothing was changed.</summary>
    /// <param name="registry">What is written.</param>
    /// <param name="awaitDurable">Returns when the log is durable to a revision; false: it never will be.</param>
    /// <param name="isStopping">Whether to give up; asked before each piece.</param>
    /// <exception cref="IOException">
    /// The disk does not take it, and what was written of it is gone again; or it was taken, and not all that it makes superfluous could be
    /// deleted. Either way nothing is lost.
    /// </exception>
    public long Run(ServiceRegistry registry, Func<long, bool> awaitDurable, Func<bool> isStopping)
    {
        var image = registry.TakeImage();
        var name = SnapshotName.Of(image.Revision);
        if (image.Revision == 0 || device.List().Contains(name) || !awaitDurable(image.Revision))
            return 0;
        var file = device.Create(name);
        YieldPoint.Reach(StoragePoint.SnapshotMade);
        long length;
        try
        {
            length = Write(file, image, isStopping);
            if (length > 0)
            {
                YieldPoint.Reach(StoragePoint.SnapshotSynced);
                device.SyncDirectory();
                YieldPoint.Reach(StoragePoint.SnapshotNamed);
                ReadBack(name);
            }
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or UnusableStorageException)
        {
            Discard(file, name);
            throw;
        }

        if (length == 0)
        {
            Discard(file, name);
            return 0;
        }

        // Outside of what is discarded when it fails: when the first file is cut, all that it held hangs on the snapshot alone.
        Cut(image.Revision, name);
        return length;
    }

    private long Write(IStorageFile file, RegistryImage image, Func<bool> isStopping)
    {
        using var closing = file;
        long length = 0;
        foreach (var piece in SnapshotEncoder.Encode(image, log.Epochs, time.GetUtcNow(), ChunkBytes))
        {
            if (isStopping())
                return 0;
            file.Write(piece.Span, length);
            length += piece.Length;
            YieldPoint.Reach(StoragePoint.SnapshotGrown);
            file.Sync();
        }

        return length;
    }

    private void ReadBack(string name)
    {
        using var snapshot = SnapshotFile.TryOpen(device.Open(name), device.PathOf(name), listener: null)
            ?? throw new IOException($"{device.PathOf(name)} can't be read back");
    }

    // What the new snapshot makes superfluous: older ones, and segments that end before it begins. The last segment is never among them.
    // Whatever a power cut leaves of them is passed over by the next start.
    //
    // The directory is read while the log's thread may be beginning a segment, whose name is there before its header is durable. Were that
    // segment the one to go on from, the one before it would be deleted, with all that was acknowledged in it, and a power cut could then
    // take the header. So only segments count that the log has begun to use, which is asked before.
    private void Cut(long revision, string name)
    {
        var established = log.SegmentRevision;
        foreach (var superfluous in Superfluous(device.List(), Math.Min(revision, established), name))
        {
            device.Delete(superfluous);
            YieldPoint.Reach(StoragePoint.Cutting);
        }

        device.SyncDirectory();
    }

    /// <summary>
    /// The files that nobody needs who begins with a snapshot. What is left begins with the segment in which the snapshot's revision stands,
    /// although the next one would do if that revision is the last of its segment. But the next one may have been begun by a later start,
    /// whose record stands at the end of the one before: without it nobody knows that start's epoch, and what was acknowledged in it.
    /// </summary>
    /// <param name="files">What is there.</param>
    /// <param name="revision">The revision behind which the log is needed.</param>
    /// <param name="name">The snapshot.</param>
    public static IEnumerable<string> Superfluous(IReadOnlyList<string> files, long revision, string name)
    {
        foreach (var older in files.Where(file => SnapshotName.Matches(file) && file != name))
            yield return older;
        var first = files.Where(file => SegmentName.TryRead(file, out var begin) && begin <= revision).Max(StringComparer.Ordinal);
        foreach (var older in files.Where(file => SegmentName.TryRead(file, out _) && string.CompareOrdinal(file, first) < 0))
            yield return older;
    }

    private void Discard(IStorageFile file, string name)
    {
        file.Dispose();
        device.Delete(name);
    }
}
