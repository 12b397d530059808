using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Registry.Core;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit;
using Registry.TestKit.Core;
using Registry.TestKit.Hosting;

namespace Registry.Storage.Tests.Restarts;

/// <summary>What the server makes of a disk that does not do its work.</summary>
public sealed class HostTests
{
    private readonly SimulatedDisk _disk = new();

    [Fact]
    public async Task FailedSync_TakesReadinessAway_AndIsLogged_AndRenewalsGoOn()
    {
        await using var host = await StartAsync();
        var registry = host.Services.GetRequiredService<ServiceRegistry>();
        var lease = await GrantAsync(registry);
        Assert.Null((await RegisterAsync(registry, lease, "a")).Refusal);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/readyz")).StatusCode);

        _disk.SyncFailure = new IOException("input/output error");
        Assert.Equal(ErrorReasons.StorageFailed, (await RegisterAsync(registry, lease, "b")).Refusal?.Reason);

        await Within.BecomesAsync("a failed disk", HttpStatusCode.ServiceUnavailable, async () => (await host.Http.GetAsync("/readyz")).StatusCode);
        await Within.BecomesAsync("a failed disk", 1, () => host.Logs.All.Count(record => record.Event == "StorageFailed"));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/livez")).StatusCode);
        Assert.Null(registry.RenewLease(lease, "").Refusal);
    }

    [Fact]
    public async Task FullDisk_IsLogged_AndSoIsItsEnd_AndTheServerStaysReady()
    {
        await using var host = await StartAsync();
        var registry = host.Services.GetRequiredService<ServiceRegistry>();
        var lease = await GrantAsync(registry);
        _disk.Room = 0;
        var waiting = RegisterAsync(registry, lease, "a");
        await Within.BecomesAsync("a full disk", 1, () => host.Logs.All.Count(record => record.Event == "StorageFull"));
        Assert.Equal(ErrorReasons.LogFull, (await RegisterAsync(registry, lease, "b")).Refusal?.Reason);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/readyz")).StatusCode);

        _disk.Room = -1;
        Assert.Null((await waiting.WaitAsync(Within.Patience)).Refusal);
        await Within.BecomesAsync("room again", 1, () => host.Logs.All.Count(record => record.Event == "StorageHasRoom"));
    }

    private Task<RegistryHost> StartAsync() => RegistryHost.StartAsync(
        new Dictionary<string, string?> { ["Storage:Mode"] = "disk" },
        services => services.AddSingleton(_ => DurableRegistry.Open(
            _disk.Mount(), new RegistryOptions(), new DiskLogOptions(), TimeProvider.System, item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false))));

    private static async Task<LeaseId> GrantAsync(ServiceRegistry registry) => (await registry.GrantLeaseAsync(null, "", CancellationToken.None)).Id;

    private static Task<Core.Changes.CommandOutcome> RegisterAsync(ServiceRegistry registry, LeaseId lease, string id) =>
        registry.ExecuteAsync(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance(id)], []), CancellationToken.None).AsTask();
}
