using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Net.Client;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>What tests of watches share.</summary>
public abstract class WatchServerTest : ServerTest
{
    /// <summary>A client at the other end of a relay. Disposing of the channel closes its connection.</summary>
    internal static GrpcChannel ChannelTo(Relay relay) =>
        GrpcChannel.ForAddress(relay.Address, new()
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false },
            DisposeHttpClient = true,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(1),
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(10),
        });

    /// <summary>Registers many instances with some weight of metadata each, 64 at a time.</summary>
    protected async Task<long> RegisterManyAsync(ByteString lease, string application, int count, int metadataBytes, string mark = "", params string[] interfaces)
    {
        long revision = 0;
        for (var from = 0; from < count; from += 64)
        {
            var request = new RegisterRequest { Application = application, LeaseId = lease };
            for (var i = from; i < Math.Min(count, from + 64); i++)
            {
                var spec = Declare.Instance($"i-{i:00000}");
                for (var left = metadataBytes; left > 0; left -= 4_000)
                    spec.Metadata[$"k{left}"] = mark + new string('v', Math.Min(left, 4_000));
                request.Instances.Add(spec);
            }

            if (interfaces.Length > 0)
                request.Builds.Add(Declare.Build(interfaces));
            revision = (await Registration.RegisterAsync(request)).Revision;
        }

        return revision;
    }

    /// <summary>What a follower holds of an application must be what the server tells over HTTP, at the same revision.</summary>
    internal async Task AssertSameAsReadAsync(string application, params Follower[] followers)
    {
        var read = await GetAsync($"/v1/applications/{application}");
        var revision = (long)read["revision"]!;
        var expected = read["instances"]!.AsArray().Select(i => Describe(i!)).ToArray();
        foreach (var follower in followers)
        {
            await follower.ReachesAsync(revision, "same revision as GET /v1");
            Assert.Equal(revision, follower.Revision);
            Assert.Equal(expected, follower.Instances(application).Select(Describe));
        }
    }

    private static string Describe(JsonNode i) =>
        $"{i["id"]} {i["state"]} {i["weight"]} {i["zone"]} {i["buildId"]} {i["incarnation"]} {i["revision"]} "
        + string.Join(',', i["endpoints"]!.AsArray().Select(e => $"{e!["protocol"]}://{e["host"]}:{e["port"]}"))
        + string.Join(',', i["metadata"]!.AsObject().OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={m.Value}"));

    private static string Describe(Instance i) =>
        $"{i.Id} {i.State.ToString().ToUpperInvariant()} {i.Weight} {i.Zone} {i.BuildId} {i.Incarnation} {i.Revision} "
        + string.Join(',', i.Endpoints.Select(e => $"{e.Protocol}://{e.Host}:{e.Port}"))
        + string.Join(',', i.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={m.Value}"));
}
