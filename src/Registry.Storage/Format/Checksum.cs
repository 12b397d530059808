using System.Buffers.Binary;
using System.Numerics;

namespace Registry.Storage.Format;

/// <summary>CRC-32C over bytes, which the processor computes.</summary>
internal static class Checksum
{
    private const uint Start = uint.MaxValue;

    /// <summary>The checksum of two stretches, one behind the other, begun with a salt and with where they stand.</summary>
    public static uint Of(uint salt, long offset, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) =>
        ~Add(Add(BitOperations.Crc32C(BitOperations.Crc32C(Start, salt), (ulong)offset), first), second);

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var left in bytes)
            crc = BitOperations.Crc32C(crc, left);
        return crc;
    }
}
