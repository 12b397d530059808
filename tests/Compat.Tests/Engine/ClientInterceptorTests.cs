using Grpc.Core;
using Grpc.Core.Interceptors;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class ClientInterceptorTests
{
    [Fact(Timeout = Limits.Test)]
    public async Task AnInterceptor_SeesEveryKindOfCall()
    {
        await using var server = await ProbeServer.StartAsync();
        var seen = new List<string>();
        var client = new Probe.ProbeClient(server.OpenChannel().Intercept(new NotingInterceptor("x", seen)));
        await CallEveryKindAsync(client);
        Assert.Equal(["x Echo", "x Echo", "x Collect", "x Expand", "x Chat"], seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task OfSeveralInterceptors_TheFirstIsOutermost()
    {
        await using var server = await ProbeServer.StartAsync();
        var seen = new List<string>();
        var invoker = server.OpenChannel()
            .Intercept(new NotingInterceptor("a", seen), new NotingInterceptor("b", seen), new NotingInterceptor("c", seen));
        await new Probe.ProbeClient(invoker).EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.Equal(["a Echo", "b Echo", "c Echo"], seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task OfChainedInterceptors_TheLastIsOutermost()
    {
        await using var server = await ProbeServer.StartAsync();
        var seen = new List<string>();
        var invoker = server.OpenChannel().Intercept(new NotingInterceptor("a", seen)).Intercept(new NotingInterceptor("b", seen));
        await new Probe.ProbeClient(invoker).EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.Equal(["b Echo", "a Echo"], seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AMetadataFunction_AddsHeadersToEveryKindOfCall()
    {
        var seen = new List<string?>();
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Grpc = grpc => grpc.Interceptors.Add<HeaderInterceptor>(seen, "tenant"),
        });
        var invoker = server.OpenChannel().Intercept(headers => new Metadata { { "tenant", $"{headers.Count}" } });
        await CallEveryKindAsync(new Probe.ProbeClient(invoker));
        Assert.Equal(["0", "0", "0", "0", "0"], seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AMetadataFunction_GetsTheHeadersOfTheCall()
    {
        var seen = new List<string?>();
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Grpc = grpc => grpc.Interceptors.Add<HeaderInterceptor>(seen, "tenant"),
        });
        var invoker = server.OpenChannel().Intercept(headers => new Metadata { { "tenant", headers.GetValue("name") + "!" } });
        await new Probe.ProbeClient(invoker).EchoAsync(new ProbeMessage(), Limits.Call(new Metadata { { "name", "acme" } }));
        Assert.Equal(["acme!"], seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnInterceptor_MayAnswerInPlaceOfTheServer()
    {
        await using var server = await ProbeServer.StartAsync(
            new ProbeHandlers { Echo = (_, _) => throw new RpcException(new Status(StatusCode.Internal, "not to be reached")) });
        var invoker = server.OpenChannel().Intercept(new AnsweringInterceptor(new ProbeMessage { Text = "from the cache" }));
        using var call = new Probe.ProbeClient(invoker).EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.Equal("from the cache", (await call).Text);
        Assert.Equal(Status.DefaultSuccess, call.GetStatus());
        Assert.Empty(await call.ResponseHeadersAsync);
        Assert.Empty(call.GetTrailers());
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnInterceptor_MayTryAgain()
    {
        var calls = 0;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, _) => Interlocked.Increment(ref calls) < 3
                ? throw new RpcException(new Status(StatusCode.Unavailable, ""))
                : Task.FromResult(request),
        });
        var client = new Probe.ProbeClient(server.OpenChannel().Intercept(new RetryingInterceptor()));
        Assert.Equal("again", (await client.EchoAsync(new ProbeMessage { Text = "again" }, Limits.Call())).Text);
        Assert.Equal(3, calls);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task WithHost_SendsAnotherAuthority()
    {
        string? seen = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = context.Host;
                return Task.FromResult(request);
            },
        });
        var hosts = new List<string?>();
        var client = new Probe.ProbeClient(server.OpenChannel().Intercept(new HostInterceptor(hosts)));
        await client.WithHost("elsewhere.example").EchoAsync(new ProbeMessage(), Limits.Call());
        await client.EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.Equal(["elsewhere.example", null], hosts);
        Assert.Equal(server.Target, seen);
    }

    private static async Task CallEveryKindAsync(Probe.ProbeClient client)
    {
        var options = Limits.Call();
        await Task.Factory.StartNew(
            () => client.Echo(new ProbeMessage(), options),
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await client.EchoAsync(new ProbeMessage(), options);
        using var collect = client.Collect(options);
        await collect.RequestStream.CompleteAsync();
        await collect;
        using var expand = client.Expand(new ProbeMessage(), options);
        while (await expand.ResponseStream.MoveNext())
            Assert.Equal("", expand.ResponseStream.Current.Text);
        using var chat = client.Chat(options);
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext());
    }

    private sealed class NotingInterceptor(string name, List<string> seen) : Interceptor
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            Note(context.Method);
            return base.BlockingUnaryCall(request, context, continuation);
        }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            Note(context.Method);
            return base.AsyncUnaryCall(request, context, continuation);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            Note(context.Method);
            return base.AsyncServerStreamingCall(request, context, continuation);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            Note(context.Method);
            return base.AsyncClientStreamingCall(context, continuation);
        }

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            Note(context.Method);
            return base.AsyncDuplexStreamingCall(context, continuation);
        }

        private void Note(IMethod method) => seen.Add($"{name} {method.Name}");
    }

    private sealed class AnsweringInterceptor(object response) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation) => new(
                Task.FromResult((TResponse)response),
                Task.FromResult(new Metadata()),
                () => Status.DefaultSuccess,
                () => [],
                () => { });
    }

    private sealed class RetryingInterceptor : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            var call = continuation(request, context);
            return new AsyncUnaryCall<TResponse>(
                RetryAsync(), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);

            async Task<TResponse> RetryAsync()
            {
                while (true)
                {
                    try
                    {
                        return await call;
                    }
                    catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
                    {
                        call.Dispose();
                        call = continuation(request, context);
                    }
                }
            }
        }
    }

    private sealed class HostInterceptor(List<string?> hosts) : Interceptor
    {
        // The engine keeps to the channel's authority, so what the interceptor gets is where the change shows.
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            hosts.Add(context.Host);
            return continuation(request, context);
        }
    }
}
