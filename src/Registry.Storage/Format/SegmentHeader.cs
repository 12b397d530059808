using System.Buffers.Binary;
using System.Security.Cryptography;
using Registry.Core.Restoring;

namespace Registry.Storage.Format;

/// <summary>
/// How a segment begins. The header is durable before the first record is written, so a header that is not whole has nothing behind it.
/// </summary>
/// <param name="Epoch">The epoch in which the segment was begun: 16 lower-case hex digits.</param>
/// <param name="FirstRevision">No change in the segment is older.</param>
/// <param name="Previous">The last revision in the segments before; 0: none. So a segment that is missing shows.</param>
/// <param name="Salt">
/// Begins the checksum of each record, together with its offset. What a disk shows behind the end of what was synced may be the old content
/// of those blocks, which may be records, whole, of another segment, or of this one from elsewhere in it: they must not count.
/// </param>
internal readonly record struct SegmentHeader(string Epoch, long FirstRevision, long Previous, uint Salt)
{
    public const int Size = 64;

    /// <summary>The newest format that this server reads and the one that it writes.</summary>
    public const uint Version = 1;

    private const int VersionAt = 8;
    private const int SaltAt = 12;
    private const int FirstRevisionAt = 16;
    private const int PreviousAt = 24;
    private const int EpochAt = 32;
    private const int ChecksumAt = Size - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "RGSTRLOG"u8;

    /// <summary>A salt that no other file has.</summary>
    public static uint NewSalt() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    public void Write(Span<byte> into)
    {
        into = into[..Size];
        into.Clear();
        Magic.CopyTo(into);
        BinaryPrimitives.WriteUInt32LittleEndian(into[VersionAt..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(into[SaltAt..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(into[FirstRevisionAt..], FirstRevision);
        BinaryPrimitives.WriteInt64LittleEndian(into[PreviousAt..], Previous);
        Convert.FromHexString(Epoch).CopyTo(into[EpochAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into[ChecksumAt..], Checksum.Of(0, 0, into[..ChecksumAt], []));
    }

    /// <summary>Reads a header. The layout of these bytes is the same in every version, so that a newer version is told from damage.</summary>
    /// <param name="from">The beginning of the file.</param>
    /// <param name="header">Set if the result is true and <paramref name="version"/> is one that this server reads.</param>
    /// <param name="version">The version that is named.</param>
    /// <returns>False: this is not a whole header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, out SegmentHeader header, out uint version)
    {
        (header, version) = (default, 0);
        if (from.Length < Size || !from.StartsWith(Magic))
            return false;
        from = from[..Size];
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[ChecksumAt..]) != Checksum.Of(0, 0, from[..ChecksumAt], []))
            return false;

        version = BinaryPrimitives.ReadUInt32LittleEndian(from[VersionAt..]);
        header = new SegmentHeader(
            Convert.ToHexStringLower(from.Slice(EpochAt, RegistryHistory.EpochBytes)),
            BinaryPrimitives.ReadInt64LittleEndian(from[FirstRevisionAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[PreviousAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[SaltAt..]));
        return true;
    }
}
