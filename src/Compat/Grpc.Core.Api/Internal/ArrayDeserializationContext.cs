using System.Buffers;

namespace Grpc.Core.Internal;

/// <summary>Offers an array to a contextual deserializer.</summary>
internal sealed class ArrayDeserializationContext : DeserializationContext
{
    private readonly byte[] _payload;

    public ArrayDeserializationContext(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        _payload = payload;
    }

    public override int PayloadLength => _payload.Length;

    // The array came from the caller, who does not expect the message to alias it.
    public override byte[] PayloadAsNewBuffer() => _payload.AsSpan().ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(_payload);
}
