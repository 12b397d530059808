using System.Collections.Immutable;
using Google.Protobuf;
using Registry.Core.Changes;
using Registry.Core.Instances;
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
    private readonly RecoveryMode _mode;
    private readonly IReadingListener? _listener;
    private readonly List<string> _files;
    private readonly string? _snapshotName;
    private readonly SnapshotFile? _snapshot;
    private readonly ImmutableArray<ReadSegment>.Builder _segments = ImmutableArray.CreateBuilder<ReadSegment>();
    private readonly ImmutableArray<LoggedEpoch>.Builder _epochs = ImmutableArray.CreateBuilder<LoggedEpoch>();
    private string? _epoch;
    private long _last;
    private long _first;
    private long _bytes;
    private long _torn;
    private long _firstRead;

    private LogRecovery(IStorageDevice device, IReplay replay, RecoveryMode mode, RecoveryProgress? progress)
    {
        _device = device;
        _replay = replay;
        _mode = mode;
        _listener = progress;
        _files = [.. device.List()];
        if (_files.Find(UnfinishedRestore.Matches) is { } unfinished)
            throw UnfinishedRestore.Refuse(device.PathOf(unfinished));
        progress?.Begin(_files.Sum(ReadingOf));
        (_snapshotName, _snapshot) = OpenNewestSnapshot();
    }

    /// <summary>Reads all of it, in order.</summary>
    /// <param name="device">Where the log is.</param>
    /// <param name="replay">Who is told. What it was told counts only if this returns.</param>
    /// <param name="mode">Whether what is found unfinished is cleared away.</param>
    /// <param name="progress">Is told how far it is, and can end it; null: nobody asks.</param>
    /// <exception cref="UnusableStorageException">The log is damaged, or of a newer server.</exception>
    /// <exception cref="OperationCanceledException">It was to end. Nothing was changed.</exception>
    public static RecoveredLog Run(IStorageDevice device, IReplay replay, RecoveryMode mode = RecoveryMode.Repair, RecoveryProgress? progress = null)
    {
        var recovery = new LogRecovery(device, replay, mode, progress);
        using var snapshot = recovery._snapshot;
        return recovery.Run();
    }

    private RecoveredLog Run()
    {
        LogEnd end = default;
        var headless = FindHeadless();
        if (headless is not null)
            _files.Remove(headless);
        string[] superfluous = _snapshot is null
            ? [.. _files.Where(SnapshotName.Matches)]
            : [.. SnapshotWriter.Superfluous(_files, _snapshot.Revision, _snapshotName!)];
        var segments = _files
            .Where(name => SegmentName.TryRead(name, out _))
            .Except(superfluous)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (_snapshot is not null)
            _replay.Begin(_snapshot.Revision, _snapshot.ReadApplications());
        for (var i = 0; i < segments.Length; i++)
        {
            using var file = _device.Open(segments[i]);
            end = Read(segments[i], file, isLast: i == segments.Length - 1);
        }

        // A snapshot counts only once the log is durable to it.
        if (_snapshot is not null && _last < _snapshot.Revision)
            throw Damaged(_snapshotName!, 0, $"it stands at revision {_snapshot.Revision}, and the log ends at {_last}; a segment is missing, or cut");

        YieldPoint.Reach(StoragePoint.Recovered);
        if (_mode == RecoveryMode.Repair)
            Repair(end, superfluous, headless);
        if (_epoch is not null)
            _epochs.Add(new LoggedEpoch(_epoch, _first, _last));
        return new RecoveredLog(_epochs.ToImmutable(), end with { LastRevision = _last }, _torn)
        {
            Floor = _snapshot?.Revision ?? 0,
            Bytes = _bytes,
            Snapshot = _snapshotName,
            SnapshotUnixMillis = _snapshot?.End.TakenUnixMillis,
            Segments = _segments.ToImmutable(),
        };
    }

    // A snapshot is looked at as a whole before anything of it counts, so it is read twice.
    private long ReadingOf(string name)
    {
        var times = SnapshotName.Matches(name) ? 2 : SegmentName.TryRead(name, out _) ? 1 : 0;
        if (times == 0)
            return 0;
        using var file = _device.Open(name);
        return times * file.Length;
    }

    // The newest one that is whole. One that is not was being written when the power went, and then the log was not cut behind it; if the
    // disk has damaged it since, the log says so: it begins later than what is left.
    private (string? Name, SnapshotFile? File) OpenNewestSnapshot()
    {
        foreach (var name in _files.Where(SnapshotName.Matches).OrderDescending(StringComparer.Ordinal))
        {
            if (SnapshotFile.TryOpen(_device.Open(name), _device.PathOf(name), _listener) is not { } snapshot)
                continue;
            if (SnapshotName.Of(snapshot.Revision) == name)
                return (name, snapshot);
            snapshot.Dispose();
            throw Damaged(name, 0, $"it is the state snapshot {SnapshotName.Of(snapshot.Revision)}, renamed");
        }

        return default;
    }

    private LogEnd Read(string name, IStorageFile file, bool isLast)
    {
        _firstRead = 0;
        var start = new byte[SegmentHeader.Size];
        var header = ReadHeader(name, start.AsSpan(0, file.Read(start, 0)));
        var reader = new RecordReader(file, header.Salt, _listener);
        _bytes += reader.Length;
        long synced = SegmentHeader.Size;
        while (!reader.IsAtEnd)
        {
            var offset = reader.Offset;
            if (!reader.TryRead(out var frame))
            {
                if (!isLast || WasSynced(file, offset, header.Salt))
                    throw Damaged(name, offset, "the record is not as it was written");
                _torn = ReadAll(file, offset).AsSpan().TrimEnd((byte)0).Length;
                break;
            }

            if (frame.Version > RecordFrame.NewestVersion || frame.Type is not (RecordType.Start or RecordType.Change))
                throw Newer(name, offset, $"stands a record of type {(int)frame.Type}, version {frame.Version}");
            if (frame.Synced < synced || frame.Synced > offset)
                throw Damaged(name, offset, $"the record claims that {frame.Synced} bytes were durable before it");
            synced = frame.Synced;
            Replay(name, offset, frame, reader.Content);
        }

        _segments.Add(new ReadSegment(name, _firstRead, _firstRead > 0 ? _last : 0));
        return new LogEnd(header, reader.Offset, _last);
    }

    // What was read may never have been synced: the operating system still had it when the process was killed. It is shown from now on, so
    // it has to stay. And a server that was killed may have made the last segment without having come to sync its name.
    private void Repair(LogEnd end, IEnumerable<string> superfluous, string? headless)
    {
        if (end.Segment is { } last)
        {
            using var file = _device.Open(SegmentName.Of(last.FirstRevision));
            if (file.Length > end.Offset)
                file.Truncate(end.Offset);
            file.Sync();
        }

        YieldPoint.Reach(StoragePoint.Settled);
        foreach (var name in superfluous)
            _device.Delete(name);
        if (headless is not null)
            _device.Delete(headless);
        if (_files.Count > 0 || headless is not null)
            _device.SyncDirectory();
    }

    private static byte[] ReadAll(IStorageFile file, long offset)
    {
        var bytes = new byte[file.Length - offset];
        var read = file.Read(bytes, offset);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    // The last segment, if it was being begun: there is no whole header of its own, and so nothing can be behind it. (What stands there may be
    // what those blocks held before, and that may be another segment's header.) Null: it was not.
    private string? FindHeadless()
    {
        var last = _files.Where(name => SegmentName.TryRead(name, out _)).Max(StringComparer.Ordinal);
        if (last is null)
            return null;
        using var file = _device.Open(last);
        return file.Length <= SegmentHeader.Size
            && !(SegmentHeader.TryRead(ReadAll(file, 0), out var header, out var version)
                && (version > SegmentHeader.Version || SegmentName.Of(header.FirstRevision) == last))
            ? last
            : null;
    }

    private SegmentHeader ReadHeader(string name, ReadOnlySpan<byte> bytes)
    {
        if (!SegmentHeader.TryRead(bytes, out var header, out var version))
            throw Damaged(name, 0, "the segment's header is not whole");
        if (version > SegmentHeader.Version)
            throw Newer(name, 0, $"stands format {version} (this server reads up to {SegmentHeader.Version})");
        if (SegmentName.Of(header.FirstRevision) != name)
            throw Damaged(name, 0, $"it is the segment {SegmentName.Of(header.FirstRevision)}, renamed");
        if (_snapshot is not null && _epoch is null && header.Previous > 0 && header.Previous <= _snapshot.Revision)
            BeginAt(name, header);
        return header.Previous == _last
            ? header
            : throw Damaged(name, 0, $"it goes on from revision {header.Previous}, and the segments before it end at {_last}; one is missing, or cut");
    }

    // The starts before a segment were cut off with the segments that held them; the snapshot names their epochs.
    private void BeginAt(string name, SegmentHeader header)
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

        throw Damaged(name, 0, $"it was begun in epoch {header.Epoch}, of which {_snapshotName} knows nothing; the segment before it is missing");
    }

    /// <summary>
    /// Whether something behind a bad record proves that the record had been durable. If a power cut tore it, then all that is whole behind
    /// it is of the same batch, written together, of which the disk took some pieces before others. A record of a later batch says that
    /// everything before its own batch had been synced: then it is not torn, the disk has lost it, and to cut here would throw away
    /// changes that were acknowledged, and say nothing.
    /// </summary>
    private static bool WasSynced(IStorageFile file, long bad, uint salt)
    {
        var rest = ReadAll(file, bad);
        for (var at = 1; at < rest.Length; at++)
        {
            if (RecordFrame.TryRead(rest.AsSpan(at), salt, bad + at, out var frame) && frame.Synced > bad)
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
        if (_snapshot is null || revision > _snapshot.Revision)
            _replay.Apply(revision, change);
        if (_firstRead == 0)
            _firstRead = revision;
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
    /// <summary>The revision after which every change is known: where the snapshot stands; 0: there is none, and all of them are.</summary>
    public long Floor { get; init; }

    /// <summary>How much log was read, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>The state snapshot that was begun with; null: there was none.</summary>
    public string? Snapshot { get; init; }

    /// <summary>When it was taken, by the wall clock of its server; null: there is none.</summary>
    public long? SnapshotUnixMillis { get; init; }

    /// <summary>The segments that were read, in order. Files beside these and the snapshot are not needed.</summary>
    public ImmutableArray<ReadSegment> Segments { get; init; } = [];
}

/// <summary>A segment that was read.</summary>
/// <param name="Name">The file.</param>
/// <param name="FirstRevision">Its first change; 0: it has none.</param>
/// <param name="LastRevision">Its last change; 0: it has none.</param>
internal readonly record struct ReadSegment(string Name, long FirstRevision, long LastRevision);

/// <summary>What a recovery may do.</summary>
internal enum RecoveryMode
{
    /// <summary>Cuts off what is torn, deletes what nobody needs, and makes durable what was read: the log goes on from here.</summary>
    Repair,

    /// <summary>Reads.</summary>
    ReadOnly,
}

/// <summary>Who is told what a log holds.</summary>
internal interface IReplay
{
    /// <summary>The state to begin with. Before all changes, at most once; not called: there is none, and all changes follow.</summary>
    /// <param name="revision">Where the state stands.</param>
    /// <param name="applications">The applications that were there. Read while they are asked for, once.</param>
    void Begin(long revision, IEnumerable<ApplicationSnapshot> applications);

    /// <summary>The next change.</summary>
    void Apply(long revision, ApplicationChange change);
}
