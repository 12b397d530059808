using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class CallKindTests
{
    [Fact(Timeout = Limits.Test)]
    public async Task Unary_ReturnsTheResponse()
    {
        await using var server = await ProbeServer.StartAsync();
        using var call = server.OpenClient().EchoAsync(new ProbeMessage { Text = "hello" }, Limits.Call());
        Assert.Equal("hello", (await call).Text);
        Assert.Equal(Status.DefaultSuccess, call.GetStatus());
    }

    [Fact(Timeout = Limits.Test)]
    public async Task BlockingUnary_ReturnsTheResponse()
    {
        await using var server = await ProbeServer.StartAsync();
        var client = server.OpenClient();
        var options = Limits.Call();
        // On a thread of its own, as blocking one of the pool could starve the server next to it.
        var response = await Task.Factory.StartNew(
            () => client.Echo(new ProbeMessage { Text = "hello" }, options),
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Assert.Equal("hello", response.Text);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ClientStreaming_DeliversEveryRequestInOrder()
    {
        await using var server = await ProbeServer.StartAsync();
        using var call = server.OpenClient().Collect(Limits.Call());
        foreach (var text in (string[])["one", "two", "three"])
            await call.RequestStream.WriteAsync(new ProbeMessage { Text = text }, TestContext.Current.CancellationToken);
        await call.RequestStream.CompleteAsync();
        Assert.Equal("one two three", (await call).Text);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ServerStreaming_DeliversEveryResponseInOrder()
    {
        await using var server = await ProbeServer.StartAsync();
        using var call = server.OpenClient().Expand(new ProbeMessage { Text = "one two three" }, Limits.Call());
        var texts = new List<string>();
        await foreach (var response in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            texts.Add(response.Text);
        Assert.Equal(["one", "two", "three"], texts);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Duplex_AnswersWhileRequestsStillCome()
    {
        await using var server = await ProbeServer.StartAsync();
        using var call = server.OpenClient().Chat(Limits.Call());
        foreach (var text in (string[])["one", "two", "three"])
        {
            await call.RequestStream.WriteAsync(new ProbeMessage { Text = text }, TestContext.Current.CancellationToken);
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(text, call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ManyCallsAtOnce_GetTheirOwnResponses()
    {
        await using var server = await ProbeServer.StartAsync();
        var client = server.OpenClient();
        var texts = Enumerable.Range(0, 200).Select(number => $"call {number}").ToList();
        var responses = await Task.WhenAll(
            texts.Select(async text => (await client.EchoAsync(new ProbeMessage { Text = text }, Limits.Call())).Text));
        Assert.Equal(texts, responses);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task LargeMessages_ArriveWholeInBothDirections()
    {
        // Well above every buffer and window on the way, and below the 30 MB that Kestrel allows a request.
        var payload = new byte[20 * 1024 * 1024];
        new Random(1).NextBytes(payload);
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions { Grpc = grpc => grpc.MaxReceiveMessageSize = null });
        var client = server.OpenClient(new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var response = await client.EchoAsync(new ProbeMessage { Payload = ByteString.CopyFrom(payload) }, Limits.Call());
        Assert.True(response.Payload.Span.SequenceEqual(payload));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task EmptyMessages_Arrive()
    {
        await using var server = await ProbeServer.StartAsync();
        Assert.Equal(new ProbeMessage(), await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call()));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ARequestAboveTheServersLimit_EndsWithResourceExhausted()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions { Grpc = grpc => grpc.MaxReceiveMessageSize = 100 });
        var client = server.OpenClient();
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await client.EchoAsync(new ProbeMessage { Text = new string('x', 101) }, Limits.Call()));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AMethodThatTheServerLacks_IsUnimplemented()
    {
        await using var server = await ProbeServer.StartAsync();
        var marshaller = Marshallers.StringMarshaller;
        var method = new Method<string, string>(MethodType.Unary, "compat.test.v1.Probe", "Missing", marshaller, marshaller);
        using var call = server.OpenChannel().CreateCallInvoker().AsyncUnaryCall(method, null, Limits.Call(), "hello");
        var error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AServerThatIsGone_IsUnavailable()
    {
        var server = await ProbeServer.StartAsync();
        var address = server.Address;
        await server.DisposeAsync();
        using var channel = GrpcChannel.ForAddress(address);
        var client = new Probe.ProbeClient(channel);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.EchoAsync(new ProbeMessage(), Limits.Call()));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.NotNull(error.Status.DebugException);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AChannel_TellsItsConnectivity()
    {
        await using var server = await ProbeServer.StartAsync();
        var channel = server.OpenChannel();
        Assert.Equal(ConnectivityState.Idle, channel.State);
        await channel.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ConnectivityState.Ready, channel.State);
        await channel.ShutdownAsync();
    }
}
