using System.Buffers.Binary;
using Registry.Storage.Devices;

namespace Registry.Storage.Format;

/// <summary>
/// Reads the records of a file one after the other, so that a file of any size takes the memory of its longest record. One thread.
/// </summary>
internal sealed class RecordReader
{
    private const int ChunkBytes = 256 * 1024;

    private readonly IStorageFile _file;
    private readonly uint _salt;
    private readonly IReadingListener? _listener;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private int _last;

    /// <param name="file">Whose header was read already.</param>
    /// <param name="salt">The header's.</param>
    /// <param name="listener">Who is told how much was read; null: nobody.</param>
    public RecordReader(IStorageFile file, uint salt, IReadingListener? listener)
    {
        _file = file;
        _salt = salt;
        _listener = listener;
        Length = file.Length;
        _buffer = new byte[Math.Min(ChunkBytes, Length)];
    }

    /// <summary>How long the file was when reading began.</summary>
    public long Length { get; }

    /// <summary>Where the next record begins.</summary>
    public long Offset { get; private set; } = SegmentHeader.Size;

    /// <summary>Nothing is left. False after <see cref="TryRead"/> has found no record: what is left is none.</summary>
    public bool IsAtEnd => Offset >= Length;

    /// <summary>The content of the record that was read last. Valid until the next one is.</summary>
    public ReadOnlySpan<byte> Content => _buffer.AsSpan(_last + RecordFrame.Size, _start - _last - RecordFrame.Size);

    /// <summary>Reads the next record. False: there is no whole record here.</summary>
    public bool TryRead(out RecordFrame frame)
    {
        frame = default;
        if (!Fill(RecordFrame.Size + 1))
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length is <= 0 or > RecordFrame.MaxLength || !Fill(RecordFrame.Size + length))
            return false;
        if (!RecordFrame.TryRead(_buffer.AsSpan(_start, _end - _start), _salt, Offset, out frame))
            return false;
        _last = _start;
        _start += frame.End;
        Offset += frame.End;
        return true;
    }

    // Sees to it that so much is in the buffer. False: the file has no more.
    private bool Fill(int count)
    {
        if (_end - _start >= count)
            return true;
        if (Offset + count > Length)
            return false;
        var rest = _buffer.AsSpan(_start, _end - _start);
        var into = count > _buffer.Length ? new byte[Math.Max(count, Math.Min(ChunkBytes, Length))] : _buffer;
        rest.CopyTo(into);
        (_buffer, _start, _end) = (into, 0, rest.Length);
        var read = _file.Read(_buffer.AsSpan(_end), Offset + _end);
        _end += read;
        _listener?.Read(read);
        return _end >= count;
    }
}

/// <summary>Who is told how reading goes on.</summary>
internal interface IReadingListener
{
    /// <summary>So many bytes more were read.</summary>
    /// <exception cref="OperationCanceledException">The reading is to end.</exception>
    void Read(int bytes);
}
