using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Samples.Tests.Harness;

/// <summary>A server whose leases end when they run out and whose Syncs come often, and a .NET client of it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private static readonly Dictionary<string, string?> Options = new()
    {
        ["Leases:ProtectionShare"] = "1",
        ["Leases:ScanInterval"] = "00:00:00.050",
        ["Watching:BookmarkInterval"] = "00:00:00.200",
    };

    private readonly RegistryHost _host;
    private readonly Registration.RegistrationClient _client;

    private TestServer(RegistryHost host)
    {
        _host = host;
        _client = new(host.CreateChannel());
    }

    public Uri Address => _host.GrpcAddress;

    public Registration.RegistrationClient Client => _client;

    public static async Task<TestServer> StartAsync() => new(await RegistryHost.StartAsync(Options));

    public async Task<ByteString> GrantAsync() => (await _client.GrantLeaseAsync(new() { TtlMillis = 60_000 })).LeaseId;

    public async Task<RegisterResponse> RegisterAsync(ByteString lease, InstanceSpec instance, params string[] interfaces) =>
        await _client.RegisterAsync(new()
        {
            Application = "orders",
            LeaseId = lease,
            Instances = { instance },
            Builds = { new Build { Interfaces = { interfaces } } },
        });

    public async Task UpdateAsync(InstancePatch patch) => await _client.UpdateAsync(new() { Application = "orders", Instances = { patch } });

    public async Task DeregisterAsync(string id) =>
        await _client.DeregisterAsync(new() { Application = "orders", Instances = { new InstanceRef { Id = id } } });

    /// <summary>What serves an interface, joined by the server, by id.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> InstancesAsync(string name)
    {
        var known = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        var answer = await _host.Http.GetAsync($"/v1/interfaces/{name}");
        if (!answer.IsSuccessStatusCode)
            return known;
        foreach (var application in (await answer.Content.ReadFromJsonAsync<JsonNode>())!["applications"]!.AsArray())
        {
            foreach (var instance in application!["instances"]!.AsArray())
                known[(string)instance!["id"]!] = instance;
        }

        return known;
    }

    /// <summary>A number of the status page.</summary>
    public async Task<long> CountAsync(string group, string name) =>
        (long)(await _host.Http.GetFromJsonAsync<JsonNode>("/v1/status"))![group]![name]!;

    /// <summary>Waits until a number of the status page is large enough.</summary>
    public Task ReachesAsync(string group, string name, long atLeast) =>
        Within.HoldsAsync($"{group}.{name}", $"at least {atLeast}", () => CountAsync(group, name), count => count >= atLeast);

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
