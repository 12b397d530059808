using System.Net;
using System.Text;
using Grpc.Core;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests.Ports;

/// <summary>What one client may take.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task ConnectionBeyondTheCap_IsClosedAndTheOthersLive()
    {
        await using var host = await RegistryHost.StartAsync(new Dictionary<string, string?> { ["MaxConnections"] = "1" });
        var client = new Protocol.Health.V1.Health.HealthClient(host.CreateChannel());
        await client.CheckAsync(new());

        using var second = await RawClient.ConnectAsync(host.GrpcAddress);
        Assert.Empty(await second.ReadToEndAsync("a connection beyond the cap"));

        await client.CheckAsync(new());

        // The cap counts per endpoint: probes still get through.
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/livez")).StatusCode);
    }

    [Fact]
    public async Task ClosedConnection_MakesRoomForTheNext()
    {
        await using var host = await RegistryHost.StartAsync(new Dictionary<string, string?> { ["MaxConnections"] = "1" });
        for (var i = 0; i < 3; i++)
        {
            using var channel = host.CreateChannel();
            var client = new Protocol.Health.V1.Health.HealthClient(channel);

            // The server notices the end of the last one in its own time.
            await Within.DeadlineAsync(UntilServedAsync(client), $"connection {i}", "an answer");
        }
    }

    [Fact]
    public async Task MetadataBeyondTheLimit_IsRefused()
    {
        await using var host = await RegistryHost.StartAsync();
        var client = new Protocol.Health.V1.Health.HealthClient(host.CreateChannel());
        var bomb = new Metadata { { "bomb", new string('x', 20 * 1024) } };

        await Assert.ThrowsAsync<RpcException>(() => client.CheckAsync(new(), bomb).ResponseAsync);

        await client.CheckAsync(new());
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task HttpHeadersBeyondTheLimit_AreRefused()
    {
        await using var host = await RegistryHost.StartAsync();
        using var client = await RawClient.ConnectAsync(host.HttpAddress);

        await client.SendAsync(Encoding.ASCII.GetBytes($"GET /livez HTTP/1.1\r\nHost: x\r\nBomb: {new string('x', 20 * 1024)}\r\n\r\n"));

        var answer = Encoding.ASCII.GetString(await client.ReadAsync(12, "answer to a header bomb"));
        Assert.Equal("HTTP/1.1 431", answer);
    }

    [Fact]
    public async Task Answers_DoNotNameTheSoftware()
    {
        await using var host = await RegistryHost.StartAsync();

        using var response = await host.Http.GetAsync("/livez");

        Assert.False(response.Headers.Contains("Server"));
    }

    private static async Task UntilServedAsync(Protocol.Health.V1.Health.HealthClient client)
    {
        while (true)
        {
            try
            {
                await client.CheckAsync(new());
                return;
            }
            catch (RpcException)
            {
            }
        }
    }
}
