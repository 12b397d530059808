using System.Collections.Immutable;
using Google.Protobuf;
using Registry.Core.Changes;
using Registry.Core.Interleaving;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Recovery;

/// <summary>
/// Reads a log back. Every record is checked. What the power cut has torn off the end of the last segment is cut off; anything else that
/// is not as it was written stops the start with one sentence, and then nothing was changed.
/// </summary>
internal sealed class LogRecovery
{
    private readonly IStorageDevice _device;
    private readonly IReplay _replay;
    private readonly StateSnapshot? _snapshot;
    private readonly ImmutableArray<LoggedEpoch>.Builder _epochs = ImmutableArray.CreateBuilder<LoggedEpoch>();
    private string? _epoch;
    private long _last;
    private long _first;
    private long _bytes;

    private LogRecovery(IStorageDevice device, IReplay replay)
    {
        _device = device;
        _replay = replay;
        _snapshot = SnapshotReader.ReadNewest(device);
    }

    /// <summary>Reads all of it, in order.</summary>
    /// <param name="device">Where the log is.</param>
    /// <param name="replay">Who is told. What it was told counts only if this returns.</param>
    /// <exception cref="UnusableStorageException">The log is damaged, or of a newer server.</exception>
    public static RecoveredLog Run(IStorageDevice device, IReplay replay) => new LogRecovery(device, replay).Run();

    private RecoveredLog Run()
    {
        var files = _device.List().ToList();
        LogEnd end = default;
        long torn = 0;
        var headless = FindHeadless(files);
        if (headless is not null)
            files.Remove(headless);
        string[] superfluous = _snapshot is null
            ? [.. files.Where(SnapshotName.Matches)]
            : [.. SnapshotWriter.Superfluous(files, _snapshot.End.FromRevision, _snapshot.Name)];
        var segments = files
            .Where(name => SegmentName.TryRead(name, out _))
            .Except(superfluous)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (_snapshot is not null)
            _replay.Begin(_snapshot);
        for (var i = 0; i < segments.Length; i++)
        {
            var isLast = i == segments.Length - 1;
            using var file = _device.Open(segments[i]);
            var bytes = ReadAll(file);
            _bytes += bytes.Length;
            var header = ReadHeader(segments[i], bytes);
            end = new LogEnd(header, ReadRecords(segments[i], header, bytes, isLast), _last);
            if (isLast)
            {
                CheckSnapshot();
                YieldPoint.Reach(StoragePoint.Recovered);
                torn = Settle(file, end.Offset);
            }
        }

        CheckSnapshot();
        YieldPoint.Reach(StoragePoint.Settled);
        foreach (var name in superfluous)
            _device.Delete(name);
        if (headless is not null)
            _device.Delete(headless);

        // A server that was killed may have made the last segment without having come to sync its name; from now on it is counted on.
        if (files.Count > 0 || headless is not null)
            _device.SyncDirectory();
        if (_epoch is not null)
            _epochs.Add(new LoggedEpoch(_epoch, _first, _last));
        return new RecoveredLog(_epochs.ToImmutable(), end with { LastRevision = _last }, torn) { Floor = _snapshot?.End.ToRevision ?? 0, Bytes = _bytes };
    }

    // A snapshot counts only once the log is durable to its end.
    private void CheckSnapshot()
    {
        if (_snapshot is not null && _last < _snapshot.End.ToRevision)
            throw Damaged(_snapshot.Name, 0, $"it stands at revision {_snapshot.End.ToRevision}, and the log ends at {_last}; a segment is missing, or cut");
    }

    // What was read may never have been synced: the operating system still had it when the process was killed. It is shown from now on, so
    // it has to stay. Returns how much was cut off.
    private static long Settle(IStorageFile file, long end)
    {
        var torn = file.Length - end;
        if (torn > 0)
            file.Truncate(end);
        file.Sync();
        return torn;
    }

    private static byte[] ReadAll(IStorageFile file)
    {
        var bytes = new byte[file.Length];
        var read = file.Read(bytes, 0);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    // The last segment, if it was being begun: there is no whole header, and so nothing can be behind it. Null: it was not.
    private string? FindHeadless(IEnumerable<string> files)
    {
        var last = files.Where(name => SegmentName.TryRead(name, out _)).Max(StringComparer.Ordinal);
        if (last is null)
            return null;
        using var file = _device.Open(last);
        return file.Length <= SegmentHeader.Size && !SegmentHeader.TryRead(ReadAll(file), out _, out _) ? last : null;
    }

    private SegmentHeader ReadHeader(string name, byte[] bytes)
    {
        if (!SegmentHeader.TryRead(bytes, out var header, out var version))
            throw Damaged(name, 0, "the segment's header is not whole");
        if (version > SegmentHeader.Version)
            throw Newer(name, 0, $"stands format {version} (this server reads up to {SegmentHeader.Version})");
        if (SegmentName.Of(header.FirstRevision) != name)
            throw Damaged(name, 0, $"it is the segment {SegmentName.Of(header.FirstRevision)}, renamed");
        if (_snapshot is not null && _epoch is null && header.Previous > 0 && header.Previous <= _snapshot.End.FromRevision)
            BeginAt(header);
        return header.Previous == _last
            ? header
            : throw Damaged(name, 0, $"it goes on from revision {header.Previous}, and the segments before it end at {_last}; one is missing, or cut");
    }

    // The starts before a segment were cut off with the segments that held them; the snapshot names their epochs.
    private void BeginAt(SegmentHeader header)
    {
        foreach (var epoch in _snapshot!.End.Epochs)
        {
            if (epoch.Epoch == header.Epoch)
            {
                (_epoch, _first, _last) = (epoch.Epoch, epoch.FirstRevision, header.Previous);
                return;
            }

            _epochs.Add(new LoggedEpoch(epoch.Epoch, epoch.FirstRevision, epoch.LastRevision));
        }
    }

    // Returns where the last whole record ends.
    private long ReadRecords(string name, SegmentHeader header, byte[] bytes, bool isLast)
    {
        var offset = SegmentHeader.Size;
        long synced = SegmentHeader.Size;
        while (offset < bytes.Length)
        {
            var rest = bytes.AsSpan(offset);
            if (!RecordFrame.TryRead(rest, header.Salt, out var frame))
            {
                if (isLast && !WasSynced(bytes, offset, header.Salt))
                    return offset;
                throw Damaged(name, offset, "the record is not as it was written");
            }

            if (frame.Version > RecordFrame.NewestVersion || frame.Type is not (RecordType.Start or RecordType.Change))
                throw Newer(name, offset, $"stands a record of type {(int)frame.Type}, version {frame.Version}");
            if (frame.Synced < synced || frame.Synced > offset)
                throw Damaged(name, offset, $"the record claims that {frame.Synced} bytes were durable before it");
            synced = frame.Synced;
            Replay(name, offset, frame, rest.Slice(RecordFrame.Size, frame.Length));
            offset += frame.End;
        }

        return offset;
    }

    /// <summary>
    /// Whether something behind a bad record proves that the record had been durable. If a power cut tore it, then all that is whole behind
    /// it is of the same batch, written together, of which the disk took some pieces before others. A record of a later batch says that
    /// everything before its own batch had been synced: then it is not torn, the disk has lost it, and to cut here would throw away
    /// changes that were acknowledged, and say nothing.
    /// </summary>
    private static bool WasSynced(byte[] bytes, int bad, uint salt)
    {
        for (var at = bad + 1; at < bytes.Length; at++)
        {
            if (RecordFrame.TryRead(bytes.AsSpan(at), salt, out var frame) && frame.Synced > bad)
                return true;
        }

        return false;
    }

    private void Replay(string name, long offset, RecordFrame frame, ReadOnlySpan<byte> content)
    {
        try
        {
            if (frame.Type == RecordType.Start)
                Replay(StartRecord.Parser.ParseFrom(content), frame.Revision);
            else
                Replay(ChangeCodec.ToChange(ChangeRecord.Parser.ParseFrom(content)), frame.Revision);
        }
        catch (Exception wrong) when (wrong is InvalidProtocolBufferException or InvalidDataException)
        {
            throw Damaged(name, offset, wrong.Message.ReplaceLineEndings(" "));
        }
    }

    private void Replay(StartRecord start, long revision)
    {
        if (start.LastRevision != _last || revision != _last || start.Parent != (_epoch ?? "") || start.FirstRevision <= _last || start.FirstRevision <= _first)
        {
            throw new InvalidDataException(
                $"epoch {start.Epoch} goes on from epoch '{start.Parent}' at revision {start.LastRevision}, and the log is in epoch '{_epoch}' at {_last}");
        }

        if (_epoch is not null)
            _epochs.Add(new LoggedEpoch(_epoch, _first, _last));
        (_epoch, _first) = (start.Epoch, start.FirstRevision);
    }

    private void Replay(ApplicationChange change, long revision)
    {
        if (revision <= _last)
            throw new InvalidDataException($"revision {revision} stands behind {_last}");
        if (_epoch is null || revision < _first)
            throw new InvalidDataException($"revision {revision} stands in epoch '{_epoch}', which begins with {_first}");
        if (_snapshot is null || revision > _snapshot.End.FromRevision)
            _replay.Apply(revision, change);
        _last = revision;
    }

    private UnusableStorageException Damaged(string name, long offset, string what) =>
        UnusableStorageException.Damaged(_device.PathOf(name), offset, what);

    private UnusableStorageException Newer(string name, long offset, string what) =>
        UnusableStorageException.Newer(_device.PathOf(name), offset, what);
}

/// <summary>What a log was found to hold.</summary>
/// <param name="Epochs">The epochs, oldest first, with the last revision of each.</param>
/// <param name="End">Where it ends.</param>
/// <param name="TornBytes">How much a power cut, or the death of the process, had left behind the end; it is cut off.</param>
internal sealed record RecoveredLog(ImmutableArray<LoggedEpoch> Epochs, LogEnd End, long TornBytes)
{
    /// <summary>The revision after which every change is known: where the snapshot ends; 0: there is none, and all of them are.</summary>
    public long Floor { get; init; }

    /// <summary>How much log was read, in bytes.</summary>
    public long Bytes { get; init; }
}

/// <summary>Who is told what a log holds.</summary>
internal interface IReplay
{
    /// <summary>The state to begin with. Before all changes, at most once; not called: there is none, and all changes follow.</summary>
    void Begin(StateSnapshot snapshot);

    /// <summary>The next change. It may be one that the state contains already.</summary>
    void Apply(long revision, ApplicationChange change);
}
