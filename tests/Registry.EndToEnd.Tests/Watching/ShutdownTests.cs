using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>The end of a server that has watchers.</summary>
public sealed class ShutdownTests : WatchServerTest
{
    protected override IReadOnlyDictionary<string, string?> Options => new Dictionary<string, string?> { ["ShutdownTimeout"] = "00:00:06" };

    [Fact]
    public async Task Sigterm_AHundredWatchesAreToldWhereToGoOn_AndTheProcessEnds()
    {
        await using var server = await RegistryProcess.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true } });
        var registration = new Registration.RegistrationClient(channel);
        var lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest())).LeaseId;
        var registered = await registration.RegisterAsync(Declare.Request(lease, "orders", "a", "x.X"));
        var followers = Enumerable.Range(0, 100).Select(_ => Follower.Open(new(channel), Follower.Interface("x.X"))).ToArray();
        foreach (var follower in followers)
            await follower.UntilAsync("first answer", "two topics", f => f.Held.Count == 2);
        using var renewals = registration.RenewLeases();
        await renewals.RequestStream.WriteAsync(new RenewLeasesRequest { LeaseIds = { lease } });
        Assert.True(await renewals.ResponseStream.MoveNext());

        var start = TimeProvider.System.GetTimestamp();
        server.Signal(ProcessSignal.Terminate);
        foreach (var follower in followers)
        {
            var end = Assert.IsType<RpcException>(await Within.DeadlineAsync(follower.Ended, "SIGTERM", "the stream's end", follower.ToString));
            await RefusedAsync(Task.FromException(end), StatusCode.Unavailable, "SHUTTING_DOWN");
            Assert.Equal("1000", end.Trailers.GetValue("grpc-retry-pushback-ms"));
            Assert.Equal(registered.Epoch, end.Trailers.GetValue("registry-epoch"));
            Assert.Equal($"{registered.Revision}", end.Trailers.GetValue("registry-revision"));
            await follower.DisposeAsync();
        }

        await RefusedAsync(renewals.ResponseStream.MoveNext(), StatusCode.Unavailable, "SHUTTING_DOWN");
        Assert.Equal(0, await server.ExitAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task StreamThatHasNotOpenedYet_IsToldAsWell()
    {
        using var call = Discovery.Watch();
        var answer = call.ResponseStream.MoveNext();

        // Another stream of the same connection is served, so this one has arrived.
        await using var follower = Follower.Open(Discovery);
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs > 0);
        await Host.StopAsync();
        await RefusedAsync(answer, StatusCode.Unavailable, "SHUTTING_DOWN");
    }

    [Fact]
    public async Task ClientsThatDoNotRead_DoNotHoldTheEndUp()
    {
        await RegisterManyAsync(await GrantAsync(), "large", 300, 2_000);
        var open = RawConnection.Message(
            new WatchRequest { Open = new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Application("large")) } } }.ToByteArray());
        var connections = new List<RawConnection>();
        for (var i = 0; i < 20; i++)
        {
            var connection = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
            var call = await connection.CallAsync("/registry.v1.Discovery/Watch");
            await call.SendDataAsync(open);
            await Within.HoldsAsync("a client that does not read", "its window full", () => call.BodyLength, length => length == 65_535);
            connections.Add(connection);
        }

        var start = TimeProvider.System.GetTimestamp();
        await Host.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(4));
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task ClientThatStandsStill_HoldsTheEndUp_NoLongerThanTheOptionSays()
    {
        // Its window is open and its socket is full: the server can't even tell it that the connection ends, and cuts it in the end.
        var lease = await GrantAsync();
        await using var relay = Relay.To(Host.GrpcAddress);
        await using var stopped = await RawConnection.ConnectAsync(relay.Address, initialWindow: int.MaxValue);
        await stopped.OpenWindowAsync(0, int.MaxValue - 65_535);
        var call = await stopped.CallAsync("/registry.v1.Discovery/Watch");
        var open = new WatchRequest { Open = new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Application("large")) } } };
        await call.SendDataAsync(RawConnection.Message(open.ToByteArray()));
        await Within.HoldsAsync("first answer", "some bytes", () => call.BodyLength, length => length > 0);
        relay.StopReading();
        for (var round = 0; round < 20; round++)
            await RegisterManyAsync(lease, "large", 64, 8_000, $"{round}");

        var start = TimeProvider.System.GetTimestamp();
        await Host.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(9));
    }
}
