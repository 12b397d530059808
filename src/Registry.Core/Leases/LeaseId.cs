using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Registry.Core.Leases;

/// <summary>
/// Names a lease: 128 random bits. Who knows it can renew the lease and register on it, so it is told to its holder alone.
/// </summary>
public readonly record struct LeaseId
{
    /// <summary>The length of an id in bytes.</summary>
    public const int Length = 16;

    private readonly UInt128 _value;

    private LeaseId(UInt128 value) => _value = value;

    /// <summary>Reads an id; false if <paramref name="bytes"/> are not 16.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LeaseId id)
    {
        id = bytes.Length == Length ? new LeaseId(BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;
        return bytes.Length == Length;
    }

    /// <summary>Writes the id's 16 bytes.</summary>
    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);

    /// <summary>The first quarter of the id: enough to tell leases apart in a log, too little to use one.</summary>
    public override string ToString() => ((uint)(_value >> 96)).ToString("x8", CultureInfo.InvariantCulture) + "...";

    internal static LeaseId NewRandom()
    {
        UInt128 value = default;
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<UInt128>(ref value)));
        return new LeaseId(value);
    }
}
