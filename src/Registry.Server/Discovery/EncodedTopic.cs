using System.Buffers.Binary;

namespace Registry.Server.Discovery;

/// <summary>
/// A topic message in its wire form, in parts. Made once, then written to every stream and into every answer that needs it. Immutable.
/// </summary>
internal sealed class EncodedTopic
{
    /// <summary>The length of the prefix that gRPC puts before each message: a flag and the length.</summary>
    public const int PrefixLength = 5;

    private readonly byte[][] _frames;

    public EncodedTopic(byte[][] frames)
    {
        _frames = frames;
        PayloadLength = frames.Sum(static frame => frame.Length - PrefixLength);
    }

    /// <summary>Each part as a gRPC message, prefix included: a WatchResponse with the part as its one field.</summary>
    public ReadOnlySpan<byte[]> Frames => _frames;

    /// <summary>The length of all parts without their prefixes.</summary>
    public int PayloadLength { get; }

    /// <summary>
    /// A part without its prefix: one field, tag and length and content. The field's number and type are the same in WatchResponse
    /// and in ResolveResponse, which is what lets one encoding serve both.
    /// </summary>
    public static ReadOnlySpan<byte> PayloadOf(byte[] frame) => frame.AsSpan(PrefixLength);

    /// <summary>Writes the prefix of a message that is not compressed.</summary>
    public static void WritePrefix(Span<byte> frame)
    {
        frame[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], frame.Length - PrefixLength);
    }
}
