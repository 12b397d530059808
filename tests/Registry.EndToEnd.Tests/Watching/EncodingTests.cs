using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Net.Client;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>What is told to many is encoded once. The server is a process of its own: it counts its encodings for all its topics.</summary>
public sealed class EncodingTests
{
    private const int Connections = 5;
    private const int StreamsPerConnection = 100;
    private const int Changes = 100;

    // More than changes: whoever lags is told step by step, not by a snapshot.
    private const int Instances = 2 * Changes;

    [Fact]
    public async Task HundredChanges_ToFiveHundredStreams_AreAHundredEncodings_AndTheFirstResolveIsOneMore()
    {
        await using var server = await RegistryProcess.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false } });
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.HttpAddress };
        var registration = new Registration.RegistrationClient(channel);
        var discovery = new Discovery.DiscoveryClient(channel);
        var lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 3_600_000 })).LeaseId;
        long revision = 0;
        foreach (var part in Enumerable.Range(0, Instances).Chunk(50))
        {
            var instances = part.Select(i => Declare.Instance($"i{i:000}"));
            var request = new RegisterRequest { Application = "orders", LeaseId = lease, Instances = { instances } };
            revision = (await registration.RegisterAsync(request)).Revision;
        }

        var open = new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Application("orders")) } };
        var watches = new List<RawWatch>();
        for (var c = 0; c < Connections; c++)
        {
            var connection = await RawConnection.ConnectAsync(server.GrpcAddress);
            for (var s = 0; s < StreamsPerConnection; s++)
                watches.Add(await RawWatch.OpenAsync(connection, open));
        }

        await RawWatch.AllReachAsync(watches, revision, "first answer");
        Assert.Equal(1, await EncodingsAsync(http));

        for (var i = 0; i < Changes; i++)
        {
            revision = (await registration.RegisterAsync(new RegisterRequest
            {
                Application = "orders", LeaseId = lease, Instances = { Declare.Instance($"i{i:000}", port: 9) },
            })).Revision;
        }

        await RawWatch.AllReachAsync(watches, revision, "every change");
        Assert.All(watches, watch => Assert.Equal(Changes, watch.DeltasOf("orders").Count()));
        Assert.Equal(1 + Changes, await EncodingsAsync(http));

        // Nobody needed the newest state as a whole yet. Who does has it encoded, for all who come after.
        for (var i = 0; i < 3; i++)
        {
            var answer = await discovery.ResolveAsync(new ResolveRequest { Applications = { "orders" } });
            Assert.Equal((revision, Instances), (answer.Applications.Single().To, answer.Applications.Single().Instances.Count));
            Assert.Equal(1 + Changes + 1, await EncodingsAsync(http));
        }

        await using var late = Follower.Open(discovery, Follower.Application("orders"));
        await late.ReachesAsync(revision);
        Assert.Equal(1, late.Snapshots);
        Assert.Equal(1 + Changes + 1, await EncodingsAsync(http));
        foreach (var connection in watches.Select(w => w.Connection).Distinct())
            await connection.DisposeAsync();
    }

    private static async Task<long> EncodingsAsync(HttpClient http) =>
        (long)(await http.GetFromJsonAsync<JsonNode>("/v1/status"))!["watches"]!["encodings"]!;
}
