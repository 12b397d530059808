using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests;

/// <summary>
/// A test against a server of its own, over sockets. It fails if the server logged an error, whatever else it looked at: an error
/// in the log means that somebody must act, and nothing that a client sends may be the reason for that.
/// </summary>
public abstract class ServerTest : IAsyncLifetime
{
    private RegistryHost? _host;

    /// <summary>The server.</summary>
    protected RegistryHost Host => _host!;

    /// <summary>Registers, on a connection of its own.</summary>
    protected Registration.RegistrationClient Registration { get; private set; } = null!;

    /// <summary>Asks and watches, on a connection of its own.</summary>
    protected Discovery.DiscoveryClient Discovery { get; private set; } = null!;

    /// <summary>Options of the server, below section Registry.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Options => new Dictionary<string, string?>();

    /// <summary>Replaces services of the server.</summary>
    protected virtual void Adjust(IServiceCollection services)
    {
    }

    public virtual async ValueTask InitializeAsync()
    {
        _host = await RegistryHost.StartAsync(Options, Adjust);
        Registration = new(Host.CreateChannel());
        Discovery = new(Host.CreateChannel());
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Host.StopAsync();
        await Host.DisposeAsync();
        Assert.DoesNotContain(Host.Logs.All, record => record.Level >= LogLevel.Error);
    }

    protected async Task<ByteString> GrantAsync(TimeSpan? ttl = null) =>
        (await Registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = (long)(ttl ?? TimeSpan.FromHours(1)).TotalMilliseconds })).LeaseId;

    /// <summary>Registers one instance that serves some interfaces.</summary>
    protected async Task<RegisterResponse> RegisterAsync(ByteString lease, string application, string id, params string[] interfaces) =>
        await Registration.RegisterAsync(Declare.Request(lease, application, id, interfaces));

    /// <summary>Reads JSON from the HTTP port, whatever the status.</summary>
    protected async Task<JsonNode> GetAsync(string path)
    {
        using var response = await Host.Http.GetAsync(new Uri(path, UriKind.Relative));
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    /// <summary>The registry's revision, as it tells on the HTTP port.</summary>
    protected async Task<long> RevisionAsync() => (long)(await GetAsync("/v1/status"))["revision"]!;

    /// <summary>One of the counters of the watches.</summary>
    protected Task<long> WatchesAsync(string counter) => StatusAsync("watches", counter);

    /// <summary>Waits until one of the counters of the watches has a value.</summary>
    protected Task WatchesBecomeAsync(string counter, long expected) => StatusBecomesAsync("watches", counter, expected);

    /// <summary>One of the server's counters.</summary>
    protected async Task<long> StatusAsync(string group, string counter) => (long)(await GetAsync("/v1/status"))[group]![counter]!;

    /// <summary>Waits until one of the server's counters has a value.</summary>
    protected async Task StatusBecomesAsync(string group, string counter, long expected)
    {
        var start = TimeProvider.System.GetTimestamp();
        long actual;
        while ((actual = await StatusAsync(group, counter)) != expected)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Within.Patience)
                Assert.Fail($"/v1/status: expected {group}.{counter} {expected}, actual: {actual}");
        }
    }

    /// <summary>The call must be refused with this status and these trailers.</summary>
    internal static async Task<RpcException> RefusedAsync(Task call, StatusCode status, string? reason, string? field = null)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.True(status == refusal.StatusCode, $"expected {status}, actual: {refusal.Status}");
        Assert.Equal(reason, refusal.Trailers.GetValue("registry-reason"));
        Assert.Equal(field, refusal.Trailers.GetValue("registry-field"));
        return refusal;
    }
}
