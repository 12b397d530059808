using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Where a deserializer gets the bytes of one message. They can be fetched once. Valid only during the deserializer's call and only on
/// its thread. A context implements the members that it supports; the others throw.
/// </summary>
public abstract class DeserializationContext
{
    /// <summary>The size of the message in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The message in an array that then belongs to the caller.</summary>
    /// <exception cref="NotSupportedException">The context does not implement this.</exception>
    public virtual byte[] PayloadAsNewBuffer() => throw Unsupported(nameof(PayloadAsNewBuffer));

    /// <summary>The message without a copy. The memory is reused as soon as the deserializer returns.</summary>
    /// <exception cref="NotSupportedException">The context does not implement this.</exception>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw Unsupported(nameof(PayloadAsReadOnlySequence));

    private NotSupportedException Unsupported(string member) => new($"{GetType()} does not support {member}.");
}
