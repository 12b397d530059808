using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Servers;

/// <summary>A test with a data directory of its own, and what most of them do with a server on it.</summary>
public abstract class CrashTest : IDisposable
{
    protected const string Application = "orders";

    private readonly string _above = Directory.CreateTempSubdirectory("registry-crash-").FullName;

    protected CrashTest() => Data = Directory.CreateDirectory(Path.Combine(_above, "data")).FullName;

    /// <summary>The data directory. Empty at first.</summary>
    protected string Data { get; }

    /// <summary>The directory that it lies in.</summary>
    protected string Above => _above;

    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_above, recursive: true);
    }

    /// <summary>Starts a server that has to serve.</summary>
    internal static async Task<RegistryProcess> StartAsync(ServerLaunch launch)
    {
        var server = await RegistryProcess.LaunchAsync(launch);
        if (server.IsServing)
            return server;
        await using (server)
            Assert.Fail($"the server does not serve: exit code {await server.ExitAsync()}, {string.Join(" | ", server.Errors)}");
        return server;
    }

    /// <summary>Starts a server that must not serve; returns the one line that it says.</summary>
    internal static async Task<string> RefusedAsync(ServerLaunch launch)
    {
        await using var server = await RegistryProcess.LaunchAsync(launch);
        Assert.False(server.IsServing, "the server serves");
        Assert.Equal(1, await server.ExitAsync());
        Assert.Empty(server.Output);
        return Assert.Single(server.Errors);
    }

    internal static async Task<ByteString> GrantAsync(Registration.RegistrationClient client, TimeSpan? ttl = null) =>
        (await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = (long)(ttl ?? TimeSpan.FromHours(1)).TotalMilliseconds })).LeaseId;

    /// <summary>Registers some instances one after the other, and notes the revisions of those that are acknowledged.</summary>
    internal static async Task RegisterAsync(
        Registration.RegistrationClient client, ByteString lease, IDictionary<string, long> acknowledged, int count, string prefix = "i")
    {
        for (var i = 0; i < count; i++)
        {
            var id = $"{prefix}-{i}";
            acknowledged[id] = (await client.RegisterAsync(Declare.Request(lease, Application, id, "x.X"))).Revision;
        }
    }

    /// <summary>Has a server acknowledge some instances, and kills it.</summary>
    internal static async Task<SortedDictionary<string, long>> FillAsync(ServerLaunch launch, int count, string prefix = "i")
    {
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using var server = await StartAsync(launch);
        using var channel = server.Connect();
        var client = new Registration.RegistrationClient(channel);
        await RegisterAsync(client, await GrantAsync(client), acknowledged, count, prefix);
        server.Signal(ProcessSignal.Kill);
        await server.ExitAsync();
        return acknowledged;
    }

    /// <summary>What stands there now, with its revisions.</summary>
    internal static async Task<SortedDictionary<string, long>> FoundAsync(ChannelBase channel)
    {
        var answer = await new Discovery.DiscoveryClient(channel).ResolveAsync(new ResolveRequest { Applications = { Application } });
        return new(answer.Applications.SelectMany(topic => topic.Instances).ToDictionary(i => i.Id, i => i.Revision), StringComparer.Ordinal);
    }

    /// <summary>Everything that was acknowledged has to be there after a new start, as it was acknowledged. More may be.</summary>
    internal static async Task StartsWithAsync(ServerLaunch launch, IReadOnlyDictionary<string, long> acknowledged, params IEnumerable<string> perhaps)
    {
        await using var server = await StartAsync(launch);
        using var channel = server.Connect();
        var found = await FoundAsync(channel);
        Assert.All(acknowledged, expected => Assert.Equal(expected.Value, found.GetValueOrDefault(expected.Key)));
        Assert.Empty(found.Keys.Except(acknowledged.Keys).Except(perhaps));

        // And it takes more.
        var client = new Registration.RegistrationClient(channel);
        var more = await client.RegisterAsync(Declare.Request(await GrantAsync(client), Application, "afterwards"));
        Assert.All(acknowledged.Values, revision => Assert.True(more.Revision > revision));
    }

    internal static async Task<RpcException> RefusedAsync(Task call, StatusCode status, string reason)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.True(status == refusal.StatusCode, $"expected {status}, actual: {refusal.Status}");
        Assert.Equal(reason, refusal.Trailers.GetValue("registry-reason"));
        return refusal;
    }

    /// <summary>The status and the text of a probe.</summary>
    internal static async Task<(int Status, string Text)> ProbeAsync(RegistryProcess server, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.GetAsync(new Uri(server.HttpAddress, path));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Reads, watches and renewals of a server that can't write.</summary>
    internal static async Task AnswersAllButWritesAsync(ChannelBase channel, ByteString lease, IReadOnlyDictionary<string, long> acknowledged)
    {
        var found = await FoundAsync(channel);
        Assert.All(acknowledged, expected => Assert.Equal(expected.Value, found.GetValueOrDefault(expected.Key)));
        Assert.Empty((await new Registration.RegistrationClient(channel).RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease })).Lost);
        await using var watch = Follower.Open(
            new Discovery.DiscoveryClient(channel), Follower.Application(Application));
        await watch.UntilAsync("watch of a server that can't write", "its topic", w => acknowledged.Keys.All(id => w.Instances(Application).Any(i => i.Id == id)));
    }
}
