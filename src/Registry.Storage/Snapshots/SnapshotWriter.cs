using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;
using Registry.Core;
using Registry.Core.Interleaving;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Records;

namespace Registry.Storage.Snapshots;

/// <summary>
/// Writes the state beside the log, so that the log can be cut behind it and a start has little to read. One at a time.
/// </summary>
/// <remarks>
/// The snapshot is fuzzy: nobody stands still for it. S0 is the revision when the walk begins, S1 when it is over; each application is in
/// it as it stood at some moment in between, and the log from S0 on holds what it lacks. A replay skips the changes that an application
/// already contains. It counts only when the log is durable to S1: else it could hold a change that a power cut takes from the log, and
/// that nobody was ever told is kept.
/// </remarks>
internal sealed class SnapshotWriter(IStorageDevice device, DiskChangeLog log)
{
    private const int ChunkBytes = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Takes a snapshot, and cuts the log. Returns how many bytes it has; 0: there is none, and nothing was changed.</summary>
    /// <param name="registry">What is written.</param>
    /// <param name="awaitDurable">Returns when the log is durable to a revision; false: it never will be.</param>
    /// <param name="isStopping">Whether to give up.</param>
    /// <exception cref="IOException">
    /// The disk does not take it, and what was written of it is gone again; or it was taken, and not all that it makes superfluous could be
    /// deleted. Either way nothing is lost.
    /// </exception>
    public long Run(ServiceRegistry registry, Func<long, bool> awaitDurable, Func<bool> isStopping)
    {
        var from = registry.Commits.ReadStandingStill(static () => { });
        var name = SnapshotName.Of(from);
        if (from == 0 || device.List().Contains(name))
            return 0;
        var file = device.Create(name);
        YieldPoint.Reach(StoragePoint.SnapshotMade);
        long length;
        try
        {
            length = Write(file, registry, from, awaitDurable, isStopping);
            if (length > 0)
            {
                YieldPoint.Reach(StoragePoint.SnapshotSynced);
                device.SyncDirectory();
                YieldPoint.Reach(StoragePoint.SnapshotNamed);
            }
        }
        catch (IOException)
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
        Cut(from, name);
        return length;
    }

    private long Write(IStorageFile file, ServiceRegistry registry, long from, Func<long, bool> awaitDurable, Func<bool> isStopping)
    {
        using var closing = file;
        var header = new SegmentHeader(log.History.Epoch, from, from, BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))));
        _buffer.ResetWrittenCount();
        header.Write(_buffer.GetSpan(SegmentHeader.Size));
        _buffer.Advance(SegmentHeader.Size);
        long end = 0, applications = 0;
        foreach (var application in registry.Applications.ReadAll())
        {
            if (isStopping())
                return 0;
            Add(header, RecordType.Application, application.Revision, SnapshotCodec.ToRecord(application));
            applications++;
            if (_buffer.WrittenCount >= ChunkBytes)
                end = Flush(file, end);
        }

        var to = registry.Commits.ReadStandingStill(static () => { });
        if (!awaitDurable(to))
            return 0;
        var footer = new SnapshotEndRecord { FromRevision = from, ToRevision = to, Applications = applications };
        foreach (var epoch in log.Epochs)
            footer.Epochs.Add(new EpochRecord { Epoch = epoch.Epoch, FirstRevision = epoch.FirstRevision, LastRevision = epoch.LastRevision });
        Add(header, RecordType.SnapshotEnd, to, footer);
        end = Flush(file, end);
        file.Sync();
        return end;
    }

    private void Add(SegmentHeader header, RecordType type, long revision, IMessage content)
    {
        var length = content.CalculateSize();
        var record = _buffer.GetSpan(RecordFrame.Size + length)[..(RecordFrame.Size + length)];
        content.WriteTo(record[RecordFrame.Size..]);
        RecordFrame.Seal(record, header.Salt, type, revision, synced: 0);
        _buffer.Advance(record.Length);
    }

    private long Flush(IStorageFile file, long end)
    {
        file.Write(_buffer.WrittenSpan, end);
        YieldPoint.Reach(StoragePoint.SnapshotGrown);
        end += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
        return end;
    }

    // What the new snapshot makes superfluous: older ones, and segments that end before it begins. The last segment is never among them.
    // Whatever a power cut leaves of them is passed over by the next start.
    //
    // The directory is read while the log's thread may be beginning a segment, whose name is there before its header is durable. Were that
    // segment the one to go on from, the one before it would be deleted, with all that was acknowledged in it, and a power cut could then
    // take the header. So only segments count that the log has begun to use, which is asked before.
    private void Cut(long from, string name)
    {
        var established = log.SegmentRevision;
        foreach (var superfluous in Superfluous(device.List(), Math.Min(from, established), name))
        {
            device.Delete(superfluous);
            YieldPoint.Reach(StoragePoint.Cutting);
        }

        device.SyncDirectory();
    }

    /// <summary>The files that nobody needs who begins with a snapshot.</summary>
    /// <param name="files">What is there.</param>
    /// <param name="from">The revision behind which the log is needed. The segment that holds it is needed too: see below.</param>
    /// <param name="name">The snapshot.</param>
    public static IEnumerable<string> Superfluous(IReadOnlyList<string> files, long from, string name)
    {
        foreach (var older in files.Where(file => SnapshotName.Matches(file) && file != name))
            yield return older;

        // Not the segment that begins right behind it, though all changes from there on are in that one. Where the snapshot stands at the end of
        // a full segment and the server is started again, the next epoch's start is the last record of the full one, and its first change begins
        // another. The snapshot was written before that epoch and does not name it: with the full segment deleted, or passed over, nobody
        // would know the epoch in which the other goes on, and the start would be refused.
        var first = files.Where(file => SegmentName.TryRead(file, out var revision) && revision <= from).Max(StringComparer.Ordinal);
        foreach (var older in files.Where(file => SegmentName.TryRead(file, out _) && string.CompareOrdinal(file, first) < 0))
            yield return older;
    }

    private void Discard(IStorageFile file, string name)
    {
        file.Dispose();
        device.Delete(name);
    }
}
