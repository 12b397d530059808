using Google.Protobuf;
using Registry.Core.Instances;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Records;

namespace Registry.Storage.Snapshots;

/// <summary>A state snapshot that was looked at from one end to the other and is whole. One thread.</summary>
internal sealed class SnapshotFile : IDisposable
{
    private readonly IStorageFile _file;
    private readonly string _path;
    private readonly IReadingListener? _listener;

    private SnapshotFile(IStorageFile file, string path, SegmentHeader header, IReadingListener? listener, long revision, SnapshotEndRecord end, long endOffset)
    {
        _file = file;
        _path = path;
        _listener = listener;
        Header = header;
        Revision = revision;
        End = end;
        EndOffset = endOffset;
    }

    /// <summary>How it begins.</summary>
    public SegmentHeader Header { get; }

    /// <summary>The revision at which it was taken.</summary>
    public long Revision { get; }

    /// <summary>What it says of itself.</summary>
    public SnapshotEndRecord End { get; }

    /// <summary>Where it says so.</summary>
    public long EndOffset { get; }

    /// <summary>The version of its format.</summary>
    public required uint Format { get; init; }

    /// <summary>How long it is, in bytes.</summary>
    public long Length => _file.Length;

    /// <summary>Opens a snapshot after each byte of it was checked. Null: it is not whole, and the file is closed.</summary>
    /// <param name="file">The file. It is this object's from now on.</param>
    /// <param name="path">What it is called, for people.</param>
    /// <param name="listener">Who is told how much was read; null: nobody.</param>
    /// <exception cref="UnusableStorageException">It is of a newer server.</exception>
    public static SnapshotFile? TryOpen(IStorageFile file, string path, IReadingListener? listener) => TryOpen(file, path, listener, out _);

    /// <summary>The same for a snapshot that has to be whole.</summary>
    /// <inheritdoc cref="TryOpen(IStorageFile, string, IReadingListener?)" path="/param"/>
    /// <exception cref="UnusableStorageException">It is not whole, or of a newer server.</exception>
    public static SnapshotFile Open(IStorageFile file, string path, IReadingListener? listener) =>
        TryOpen(file, path, listener, out var fault) ?? throw UnusableStorageException.Damaged(path, fault.Offset, fault.What);

    /// <summary>The applications, in no order, with all their revisions. They are read while they are asked for.</summary>
    /// <exception cref="UnusableStorageException">A record says something that no server writes.</exception>
    public IEnumerable<ApplicationSnapshot> ReadApplications() => ReadPlaced().Select(static placed => placed.Application);

    /// <summary>The same, each with the offset of its last record.</summary>
    /// <inheritdoc cref="ReadApplications" path="/exception"/>
    public IEnumerable<(ApplicationSnapshot Application, long Offset)> ReadPlaced()
    {
        var reader = new RecordReader(_file, Header.Salt, _listener);
        var parts = new List<ApplicationRecord>();
        for (var offset = reader.Offset; reader.TryRead(out var frame) && frame.Type == RecordType.Application; offset = reader.Offset)
        {
            ApplicationSnapshot application;
            try
            {
                var record = ApplicationRecord.Parser.ParseFrom(reader.Content);
                parts.Add(record);
                if (record.IsContinued)
                    continue;
                application = SnapshotCodec.ToApplication(parts, frame.Revision);
            }
            catch (Exception wrong) when (wrong is InvalidProtocolBufferException or InvalidDataException)
            {
                throw UnusableStorageException.Damaged(_path, offset, wrong.Message.ReplaceLineEndings(" "));
            }

            parts.Clear();
            yield return (application, offset);
        }
    }

    public void Dispose() => _file.Dispose();

    private static SnapshotFile? TryOpen(IStorageFile file, string path, IReadingListener? listener, out (long Offset, string What) fault)
    {
        try
        {
            if (TryCheck(file, path, listener, out fault) is { } snapshot)
                return snapshot;
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    private static SnapshotFile? TryCheck(IStorageFile file, string path, IReadingListener? listener, out (long Offset, string What) fault)
    {
        var start = new byte[SegmentHeader.Size];
        fault = (0, "it does not begin as a state snapshot does");
        if (file.Read(start, 0) < start.Length || !SegmentHeader.TryRead(start, out var header, out var version))
            return null;
        if (version > SegmentHeader.Version)
            throw UnusableStorageException.Newer(path, 0, $"stands format {version} (this server reads up to {SegmentHeader.Version})");

        long records = 0;
        var reader = new RecordReader(file, header.Salt, listener);
        for (var offset = reader.Offset; reader.TryRead(out var frame); offset = reader.Offset, records++)
        {
            if (frame.Type is RecordType.Start or RecordType.Change)
                throw UnusableStorageException.Damaged(path, offset, "it is a piece of a log, and no state snapshot");
            if (frame.Version > RecordFrame.NewestVersion || frame.Type is not (RecordType.Application or RecordType.SnapshotEnd))
                throw UnusableStorageException.Newer(path, offset, $"stands a record of type {(int)frame.Type}, version {frame.Version}");
            if (frame.Type != RecordType.SnapshotEnd)
                continue;
            var end = ReadEnd(path, offset, reader.Content);
            return end.Records == records && reader.IsAtEnd && end.Epochs.Count > 0
                ? new SnapshotFile(file, path, header, listener, frame.Revision, end, offset) { Format = version }
                : throw UnusableStorageException.Damaged(path, offset, $"{records} records were found, and {end.Records} were written");
        }

        fault = (reader.Offset, reader.IsAtEnd ? "it ends here, before it is complete" : "the record is not as it was written");
        return null;
    }

    private static SnapshotEndRecord ReadEnd(string path, long offset, ReadOnlySpan<byte> content)
    {
        try
        {
            return SnapshotEndRecord.Parser.ParseFrom(content);
        }
        catch (InvalidProtocolBufferException wrong)
        {
            throw UnusableStorageException.Damaged(path, offset, wrong.Message.ReplaceLineEndings(" "));
        }
    }
}
