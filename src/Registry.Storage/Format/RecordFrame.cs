using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Registry.Storage.Format;

/// <summary>What a record is about.</summary>
internal enum RecordType : byte
{
    /// <summary>A server has started; its revision is the last one before.</summary>
    Start = 1,

    /// <summary>A change.</summary>
    Change = 2,

    /// <summary>An application, in a state snapshot; its revision is the application's.</summary>
    Application = 3,

    /// <summary>The end of a state snapshot; its revision is the last that may be in it.</summary>
    SnapshotEnd = 4,
}

/// <summary>What stands before each record's content.</summary>
/// <param name="Length">The length of the content in bytes; never 0, so that zeros are no record.</param>
/// <param name="Version">The version of the content.</param>
/// <param name="Type">What it is about.</param>
/// <param name="Revision">The revision that it belongs to.</param>
/// <param name="Synced">
/// The offset up to which the segment was durable when the record was written: where its batch begins. A record that can't be read was
/// torn in a power cut, unless a later one says that it had been synced; then the disk has lost or changed it.
/// </param>
internal readonly record struct RecordFrame(int Length, byte Version, RecordType Type, long Revision, long Synced)
{
    public const int Size = 28;

    /// <summary>The newest version of content that this server reads and the one that it writes.</summary>
    public const byte NewestVersion = 1;

    /// <summary>More than any change takes: a longer record is none.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    private const int ChecksumAt = 4;
    private const int VersionAt = 8;
    private const int TypeAt = 9;
    private const int ReservedAt = 10;
    private const int RevisionAt = 12;
    private const int SyncedAt = 20;

    /// <summary>Where the record ends, seen from where it begins.</summary>
    public int End => Size + Length;

    /// <summary>Adds a whole record to a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="salt">The file's.</param>
    /// <param name="offset">Where the record begins in the file.</param>
    /// <param name="type">What the content is.</param>
    /// <param name="revision">The revision that it belongs to.</param>
    /// <param name="synced">See <see cref="Synced"/>.</param>
    /// <param name="content">The content.</param>
    public static void Add(ArrayBufferWriter<byte> buffer, uint salt, long offset, RecordType type, long revision, long synced, IMessage content)
    {
        var length = content.CalculateSize();
        var record = buffer.GetSpan(Size + length)[..(Size + length)];
        content.WriteTo(record[Size..]);
        Seal(record, salt, offset, type, revision, synced);
        buffer.Advance(record.Length);
    }

    /// <summary>Reads the record at the beginning of what is left of a segment. False: there is no whole record there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> rest, uint salt, long offset, out RecordFrame frame)
    {
        frame = default;
        if (rest.Length <= Size)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length is <= 0 or > MaxLength || length > rest.Length - Size || BinaryPrimitives.ReadUInt16LittleEndian(rest[ReservedAt..]) != 0)
            return false;
        var record = rest[..(Size + length)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(record[ChecksumAt..]) != Sum(record, salt, offset))
            return false;
        frame = new RecordFrame(
            length,
            record[VersionAt],
            (RecordType)record[TypeAt],
            BinaryPrimitives.ReadInt64LittleEndian(record[RevisionAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(record[SyncedAt..]));
        return true;
    }

    // Writes the frame before a content that is there already.
    private static void Seal(Span<byte> record, uint salt, long offset, RecordType type, long revision, long synced)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length - Size);
        record[VersionAt] = NewestVersion;
        record[TypeAt] = (byte)type;
        BinaryPrimitives.WriteUInt16LittleEndian(record[ReservedAt..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(record[RevisionAt..], revision);
        BinaryPrimitives.WriteInt64LittleEndian(record[SyncedAt..], synced);
        BinaryPrimitives.WriteUInt32LittleEndian(record[ChecksumAt..], Sum(record, salt, offset));
    }

    // Over everything but itself.
    private static uint Sum(ReadOnlySpan<byte> record, uint salt, long offset) => Checksum.Of(salt, offset, record[..ChecksumAt], record[VersionAt..]);
}
