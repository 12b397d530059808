using System.Buffers;
using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.StandIn;

public sealed class StandInTests
{
    [Fact]
    public void AFunctionOnContexts_ThatWritesToABuffer_ServesArraysToo()
    {
        var marshaller = Marshallers.Create<byte[]>(
            (bytes, context) =>
            {
                context.SetPayloadLength(bytes.Length);
                context.GetBufferWriter().Write(bytes);
                context.Complete();
            },
            context =>
            {
                var payload = context.PayloadAsReadOnlySequence();
                Assert.Equal(context.PayloadLength, payload.Length);
                return payload.ToArray();
            });
        Assert.Equal([1, 2, 3], marshaller.Deserializer(marshaller.Serializer([1, 2, 3])));
        Assert.Empty(marshaller.Serializer([]));
    }

    [Fact]
    public void ASerializer_CompletesAMessageExactlyOnce()
    {
        var never = Marshallers.Create<string>((_, _) => { }, _ => "");
        Assert.Throws<InvalidOperationException>(() => never.Serializer("x"));
        var twice = Marshallers.Create<string>(
            (_, context) =>
            {
                context.Complete([]);
                context.Complete([]);
            },
            _ => "");
        Assert.Throws<InvalidOperationException>(() => twice.Serializer("x"));
    }

    [Fact]
    public void ADeserializer_GetsACopyOfTheCallersArray()
    {
        var marshaller = Marshallers.Create<byte[]>((_, _) => { }, context => context.PayloadAsNewBuffer());
        byte[] payload = [1];
        marshaller.Deserializer(payload)[0] = 2;
        Assert.Equal([1], payload);
    }

    [Fact]
    public void WhatIsNotSupported_SaysWhatItIs()
    {
        var error = Assert.Throws<NotSupportedException>(() => new EmptyContext().GetBufferWriter());
        Assert.Contains(nameof(SerializationContext.GetBufferWriter), error.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => new EmptyContext().Complete());
        Assert.Throws<NotSupportedException>(() => new EmptyContext().Complete([]));
        Assert.Throws<NotSupportedException>(() => new EmptyContext().SetPayloadLength(1));
    }

    [Fact]
    public void ADefinition_HandsItsMethodsToABinder()
    {
        var marshaller = Marshallers.StringMarshaller;
        var definition = ServerServiceDefinition.CreateBuilder()
            .AddMethod(MethodOf(MethodType.Unary), (UnaryServerMethod<string, string>)((request, _) => Task.FromResult(request)))
            .AddMethod(MethodOf(MethodType.ClientStreaming), (ClientStreamingServerMethod<string, string>)((_, _) => Task.FromResult("")))
            .AddMethod(MethodOf(MethodType.ServerStreaming), (ServerStreamingServerMethod<string, string>)((_, _, _) => Task.CompletedTask))
            .AddMethod(MethodOf(MethodType.DuplexStreaming), (DuplexStreamingServerMethod<string, string>)((_, _, _) => Task.CompletedTask))
            .Build();
        var error = Assert.Throws<NotSupportedException>(() => definition.BindService(new EmptyBinder()));
        Assert.Contains("Unary", error.Message, StringComparison.Ordinal);
        var binder = new CountingBinder();
        definition.BindService(binder);
        Assert.Equal(4, binder.Count);

        Method<string, string> MethodOf(MethodType type) => new(type, "pkg.Service", $"Do{type}", marshaller, marshaller);
    }

    [Fact]
    public void AKey_HasAtLeastOneCharacter() => Assert.Throws<ArgumentException>(() => new Metadata.Entry("", "x"));

    [Fact]
    public void TheTextOfABinaryEntry_DoesNotSpillItsBytes() =>
        Assert.Equal("token-bin: 3 bytes", new Metadata.Entry("token-bin", [1, 2, 3]).ToString());

    private sealed class EmptyContext : SerializationContext;

    private sealed class EmptyBinder : ServiceBinderBase;

    private sealed class CountingBinder : ServiceBinderBase
    {
        public int Count { get; private set; }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => Count++;

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => Count++;

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Count++;

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Count++;
    }
}
