using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Where a serializer leaves the bytes of one message: either whole, with <see cref="Complete(byte[])"/>, or piecewise through
/// <see cref="GetBufferWriter"/>, ended by <see cref="Complete()"/>. Valid only during the serializer's call and only on its thread.
/// A context implements the members that it supports; the others throw.
/// </summary>
public abstract class SerializationContext
{
    /// <summary>Hands over the whole message and ends it. The array must not be changed afterwards.</summary>
    /// <param name="payload">The bytes of the message.</param>
    /// <exception cref="NotSupportedException">The context does not implement this.</exception>
    public virtual void Complete(byte[] payload) => throw Unsupported("Complete(byte[])");

    /// <summary>A buffer that the message can be written to.</summary>
    /// <exception cref="NotSupportedException">The context does not implement this.</exception>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw Unsupported(nameof(GetBufferWriter));

    /// <summary>Tells the exact size of the message before it is written, so that no buffer has to grow.</summary>
    /// <param name="payloadLength">The size in bytes.</param>
    /// <exception cref="NotSupportedException">The context does not implement this.</exception>
    public virtual void SetPayloadLength(int payloadLength) => throw Unsupported(nameof(SetPayloadLength));

    /// <summary>Ends a message that was written to the buffer.</summary>
    /// <exception cref="NotSupportedException">The context does not implement this.</exception>
    public virtual void Complete() => throw Unsupported("Complete()");

    private NotSupportedException Unsupported(string member) => new($"{GetType()} does not support {member}.");
}
