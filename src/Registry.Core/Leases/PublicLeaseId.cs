using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Registry.Core.Leases;

/// <summary>
/// Names a lease to people who must not be able to use it: the first 64 bits of the SHA-256 of its id. Nobody finds the id from it. Of a
/// million leases two share one with a probability of 1 to 37 million; then a revocation refuses, and a list may leave out one of the two.
/// </summary>
/// <param name="Value">The bits.</param>
public readonly record struct PublicLeaseId(ulong Value)
{
    /// <summary>The length of an id as text, in hex digits.</summary>
    public const int Digits = 16;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The public id of a lease.</summary>
    public static PublicLeaseId Of(LeaseId lease)
    {
        Span<byte> bytes = stackalloc byte[LeaseId.Length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        lease.Write(bytes);
        SHA256.HashData(bytes, hash);
        return new PublicLeaseId(BinaryPrimitives.ReadUInt64BigEndian(hash));
    }

    /// <summary>Reads the first digits of an id, or all; false if the text is none.</summary>
    /// <param name="text">At most <see cref="Digits"/> hex digits, in lower case.</param>
    /// <param name="first">The smallest id that begins so.</param>
    /// <param name="last">The largest.</param>
    public static bool TryReadRange([NotNullWhen(true)] string? text, out PublicLeaseId first, out PublicLeaseId last)
    {
        first = last = default;
        if (text is null or { Length: 0 or > Digits } || text.AsSpan().ContainsAnyExcept(HexDigits))
            return false;
        first = new PublicLeaseId(ulong.Parse(text.PadRight(Digits, '0'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        last = new PublicLeaseId(ulong.Parse(text.PadRight(Digits, 'f'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>All digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
