using Grpc.Core;
using Grpc.Core.Interceptors;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class ServerInterceptorTests
{
    private readonly List<string?> _seen = [];

    [Fact(Timeout = Limits.Test)]
    public async Task AnInterceptor_SeesEveryKindOfCall()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Grpc = grpc => grpc.Interceptors.Add<HeaderInterceptor>(_seen, "kind"),
        });
        var client = server.OpenClient();
        await client.EchoAsync(new ProbeMessage(), Of("unary"));
        using var collect = client.Collect(Of("client stream"));
        await collect.RequestStream.CompleteAsync();
        await collect;
        using var expand = client.Expand(new ProbeMessage(), Of("server stream"));
        Assert.True(await expand.ResponseStream.MoveNext());
        Assert.False(await expand.ResponseStream.MoveNext());
        using var chat = client.Chat(Of("duplex"));
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext());
        Assert.Equal(["unary", "client stream", "server stream", "duplex"], _seen);

        static CallOptions Of(string kind) => Limits.Call(new Metadata { { "kind", kind } });
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnInterceptor_MayRefuseACall()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Grpc = grpc => grpc.Interceptors.Add<RefusingInterceptor>(),
        });
        var client = server.OpenClient();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.EchoAsync(new ProbeMessage(), Limits.Call()));
        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Equal("who are you?", error.Status.Detail);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnInterceptor_MayTranslateErrors()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Grpc = grpc => grpc.Interceptors.Add<TranslatingInterceptor>(),
            Handlers = new ProbeHandlers { Echo = (_, _) => throw new KeyNotFoundException("no such service") },
        });
        var client = server.OpenClient();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.EchoAsync(new ProbeMessage(), Limits.Call()));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal("no such service", error.Status.Detail);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task UserState_IsSharedWithTheHandler()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Grpc = grpc => grpc.Interceptors.Add<StateInterceptor>(),
            Handlers = new ProbeHandlers
            {
                Echo = (_, context) => Task.FromResult(new ProbeMessage { Text = (string)context.UserState["user"] }),
            },
        });
        Assert.Equal("alice", (await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call())).Text);
    }

    private sealed class RefusingInterceptor : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            throw new RpcException(new Status(StatusCode.Unauthenticated, "who are you?"));
    }

    private sealed class TranslatingInterceptor : Interceptor
    {
        public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            try
            {
                return await continuation(request, context);
            }
            catch (KeyNotFoundException error)
            {
                throw new RpcException(new Status(StatusCode.NotFound, error.Message, error));
            }
        }
    }

    private sealed class StateInterceptor : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            context.UserState["user"] = "alice";
            return continuation(request, context);
        }
    }
}
