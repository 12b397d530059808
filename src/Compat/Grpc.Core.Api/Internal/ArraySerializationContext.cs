using System.Buffers;

namespace Grpc.Core.Internal;

/// <summary>Collects what a contextual serializer writes, for callers that want an array.</summary>
internal sealed class ArraySerializationContext : SerializationContext
{
    private ArrayBufferWriter<byte>? _buffer;
    private int _expectedLength;
    private byte[]? _payload;

    public override void SetPayloadLength(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        _expectedLength = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        RequireOpen();
        return _buffer ??= _expectedLength > 0 ? new ArrayBufferWriter<byte>(_expectedLength) : new ArrayBufferWriter<byte>();
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        RequireOpen();
        _payload = payload;
    }

    public override void Complete()
    {
        RequireOpen();
        _payload = _buffer is null ? [] : _buffer.WrittenSpan.ToArray();
    }

    public byte[] ToPayload() => _payload ?? throw new InvalidOperationException("The serializer did not complete the message.");

    private void RequireOpen()
    {
        if (_payload is not null)
            throw new InvalidOperationException("The message is complete already.");
    }
}
