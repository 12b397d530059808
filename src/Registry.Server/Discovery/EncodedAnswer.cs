using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Discovery;

/// <summary>
/// A ResolveResponse made of bytes that exist already: the parts of its topics, and the Sync. Protobuf reads fields in any order and
/// adds up repeated ones, so the pieces side by side are the message.
/// </summary>
internal sealed class EncodedAnswer(IReadOnlyList<EncodedTopic> topics, Wire.Sync sync)
{
    private readonly byte[] _sync = new Wire.ResolveResponse { Sync = sync }.ToByteArray();

    /// <summary>The length of the message.</summary>
    public int Length { get; } = topics.Sum(static t => t.PayloadLength) + new Wire.ResolveResponse { Sync = sync }.CalculateSize();

    /// <summary>Puts the bytes into the response's pipe without building a message of them.</summary>
    public static Marshaller<EncodedAnswer> Marshaller { get; } = Marshallers.Create<EncodedAnswer>(
        static (answer, context) => answer.WriteTo(context),
        static _ => throw new NotSupportedException("the server writes answers and reads none"));

    private void WriteTo(SerializationContext context)
    {
        context.SetPayloadLength(Length);
        var writer = context.GetBufferWriter();
        foreach (var topic in topics)
        {
            foreach (var frame in topic.Frames)
                writer.Write(EncodedTopic.PayloadOf(frame));
        }

        writer.Write(_sync);
        context.Complete();
    }
}
