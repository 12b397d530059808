using System.Buffers;
using Google.Protobuf;
using Registry.Core.Interleaving;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Recovery;

namespace Registry.Storage;

/// <summary>
/// Puts batches at the end of the last segment. When <see cref="Write"/> returns, the batch is durable. One thread at a time.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly IStorageDevice _device;
    private readonly long _segmentBytes;
    private readonly int _allocationBytes;
    private readonly string _epoch;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private IStorageFile? _file;
    private SegmentHeader _header;
    private long _end;
    private long _length;
    private long _last;
    private long _segmentRevision;

    /// <param name="device">Where segments are.</param>
    /// <param name="options">How large segments are, and how much of them is made ahead.</param>
    /// <param name="epoch">The epoch that begins with this writer.</param>
    /// <param name="end">Where the log ends.</param>
    public SegmentWriter(IStorageDevice device, LogOptions options, string epoch, LogEnd end)
    {
        _device = device;
        _segmentBytes = options.SegmentBytes;
        _allocationBytes = options.AllocationBytes;
        _epoch = epoch;
        _last = end.LastRevision;
        if (end.Segment is { } header)
        {
            (_header, _end, _segmentRevision) = (header, end.Offset, header.FirstRevision);
            _file = device.Open(SegmentName.Of(header.FirstRevision));
            _length = _file.Length;
        }
    }

    /// <summary>Writes the record that begins the epoch.</summary>
    /// <exception cref="DiskFullException">There is no room; the record is not in the log, and the call can be repeated.</exception>
    /// <exception cref="IOException">It may be there or not; this writer is not to be used any more.</exception>
    public void Start(string parent, long firstRevision)
    {
        if (_file is null)
            BeginSegment();
        _buffer.ResetWrittenCount();
        Add(RecordType.Start, _last, new StartRecord { Epoch = _epoch, Parent = parent, LastRevision = _last, FirstRevision = firstRevision });
        Flush();
    }

    /// <summary>Writes changes, whose revisions grow, as one batch with one sync.</summary>
    /// <inheritdoc cref="Start" path="/exception"/>
    /// <returns>How many bytes it took.</returns>
    public int Write(IReadOnlyList<QueuedChange> batch)
    {
        // A segment's name is its first revision, so one without a change can't be followed by another.
        if (_end >= _segmentBytes && _last >= _header.FirstRevision)
            BeginSegment();
        _buffer.ResetWrittenCount();
        foreach (var queued in batch)
            Add(RecordType.Change, queued.Revision, ChangeCodec.ToRecord(queued.Change));
        Flush();
        _last = batch[^1].Revision;
        return _buffer.WrittenCount;
    }

    /// <summary>The first revision of the segment that is written, once that is durable with its name. For any thread.</summary>
    public long SegmentRevision => Volatile.Read(ref _segmentRevision);

    /// <summary>Closes the segment, and cuts off what was made ahead.</summary>
    public void Dispose()
    {
        try
        {
            CutSpare();
        }
        catch (IOException)
        {
            // A start reads over it.
        }

        _file?.Dispose();
    }

    private void Add(RecordType type, long revision, IMessage content) =>
        RecordFrame.Add(_buffer, _header.Salt, _end + _buffer.WrittenCount, type, revision, synced: _end, content);

    // Nothing counts until the sync has returned. If the disk has no room for all of it, what was written of it lies behind the end,
    // and the next try writes over it.
    private void Flush()
    {
        _file!.Write(_buffer.WrittenSpan, _end);
        Allocate(_end + _buffer.WrittenCount);
        YieldPoint.Reach(StoragePoint.BatchWritten);
        _file.Sync();
        YieldPoint.Reach(StoragePoint.BatchSynced);
        _end += _buffer.WrittenCount;
    }

    // Made durable by the sync of the batch that needed it, so it costs no sync of its own.
    private void Allocate(long end)
    {
        if (end <= _length)
            return;
        _length = end;
        var spare = (int)Math.Min(_allocationBytes, _segmentBytes - end);
        if (spare <= 0)
            return;
        try
        {
            _file!.Write(new byte[spare], end);
            _length = end + spare;
        }
        catch (DiskFullException)
        {
            // The batch had room, and that is what counts.
        }
    }

    // Behind the last record of a segment that another one follows there must be nothing, or it looks as if a record had been lost.
    private void CutSpare()
    {
        if (_file is null || _file.Length == _end)
            return;
        _file.Truncate(_end);
        _file.Sync();
        _length = _end;
    }

    // The segment before is durable to its last byte: each of its batches was synced. Then the new file, then its name, and only then
    // records. In another order a power cut leaves records that are acknowledged in a file that has no name or no header.
    private void BeginSegment()
    {
        CutSpare();
        var header = new SegmentHeader(_epoch, _last + 1, _last, SegmentHeader.NewSalt());
        var name = SegmentName.Of(header.FirstRevision);
        var file = _device.Create(name);
        YieldPoint.Reach(StoragePoint.SegmentMade);
        try
        {
            Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
            header.Write(bytes);
            file.Write(bytes, 0);
        }
        catch (DiskFullException)
        {
            // The next try makes it again.
            file.Dispose();
            _device.Delete(name);
            throw;
        }

        file.Sync();
        YieldPoint.Reach(StoragePoint.SegmentSynced);
        _device.SyncDirectory();
        YieldPoint.Reach(StoragePoint.SegmentNamed);
        _file?.Dispose();
        (_file, _header, _end, _length) = (file, header, SegmentHeader.Size, SegmentHeader.Size);
        Volatile.Write(ref _segmentRevision, header.FirstRevision);
    }
}
