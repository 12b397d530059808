using System.Text;
using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class MarshallerTests
{
    [Fact]
    public void Text_GoesThereAndBack()
    {
        var marshaller = Marshallers.StringMarshaller;
        Assert.Equal("grüße", marshaller.Deserializer(marshaller.Serializer("grüße")));
    }

    [Fact]
    public void FunctionsOnArrays_ServeContextsToo()
    {
        var marshaller = Marshallers.Create(Encoding.ASCII.GetBytes, Encoding.ASCII.GetString);
        var context = new ArrayContext();
        marshaller.ContextualSerializer("abc", context);
        Assert.Equal("abc"u8.ToArray(), context.Payload);
        Assert.Equal("abc", marshaller.ContextualDeserializer(new PayloadContext("abc"u8.ToArray())));
    }

    [Fact]
    public void AFunctionOnContexts_ThatCompletesWithAnArray_ServesArraysToo()
    {
        var marshaller = Marshallers.Create<string>(
            (text, context) => context.Complete(Encoding.ASCII.GetBytes(text)),
            context => Encoding.ASCII.GetString(context.PayloadAsNewBuffer()));
        Assert.Equal("abc"u8.ToArray(), marshaller.Serializer("abc"));
        Assert.Equal("abc", marshaller.Deserializer("abc"u8.ToArray()));
    }

    [Fact]
    public void AMethod_KnowsItsFullName()
    {
        var marshaller = Marshallers.StringMarshaller;
        var method = new Method<string, string>(MethodType.DuplexStreaming, "pkg.Service", "Do", marshaller, marshaller);
        Assert.Equal("/pkg.Service/Do", method.FullName);
        Assert.Equal(("pkg.Service", "Do", MethodType.DuplexStreaming), (method.ServiceName, method.Name, method.Type));
        Assert.Same(marshaller, method.RequestMarshaller);
        Assert.Same(marshaller, method.ResponseMarshaller);
    }

    [Fact]
    public void Contexts_ThrowForWhatTheyDoNotSupport()
    {
        var serialization = new ArrayContext();
        Assert.ThrowsAny<Exception>(() => serialization.GetBufferWriter());
        Assert.ThrowsAny<Exception>(() => serialization.SetPayloadLength(1));
        Assert.ThrowsAny<Exception>(() => serialization.Complete());
        Assert.ThrowsAny<Exception>(() => new PayloadContext([]).PayloadAsReadOnlySequence());
    }

    private sealed class ArrayContext : SerializationContext
    {
        public byte[]? Payload { get; private set; }

        public override void Complete(byte[] payload) => Payload = payload;
    }

    private sealed class PayloadContext(byte[] payload) : DeserializationContext
    {
        public override int PayloadLength => payload.Length;

        public override byte[] PayloadAsNewBuffer() => payload;
    }
}
