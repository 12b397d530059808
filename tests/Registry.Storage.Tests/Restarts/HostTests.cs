using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Registry.Core;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Protocol.Health.V1;
using Registry.Protocol.V1;
using Registry.Server.Hosting;
using Registry.Server.Ports;
using Registry.Server.Storage;
using Registry.Storage.Format;
using Registry.Storage.Recovery;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit;
using Registry.TestKit.Core;
using Registry.TestKit.Hosting;
using Registry.TestKit.Time;

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

    [Fact]
    public async Task Backup_WhoseLastChangeDoesNotBecomeDurable_EndsWithStorageFailed_BeforeItsLastBytes()
    {
        await using var host = await StartAsync();
        var registry = host.Services.GetRequiredService<ServiceRegistry>();
        Assert.Null((await RegisterAsync(registry, await GrantAsync(registry), "a")).Refusal);
        _disk.SyncFailure = new IOException("input/output error");
        Assert.Equal(ErrorReasons.StorageFailed, (await RegisterAsync(registry, await GrantAsync(registry), "b")).Refusal?.Reason);

        using var call = new Operations.OperationsClient(host.CreateChannel()).Backup(new BackupRequest());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal((StatusCode.Unavailable, "STORAGE_FAILED"), (error.StatusCode, error.Trailers.GetValue("registry-reason")));
    }

    [Fact]
    public async Task WhileTheLogIsRead_PortsAnswer_AndNobodyIsToldThatAllIsWell()
    {
        using var isOpen = new ManualResetEventSlim();
        using var read = new ManualResetEventSlim();
        var clock = new DrivenClock();
        RegistryHost? host = null;
        Uri? grpc = null, http = null;
        var starting = RegistryHost.StartAsync(OnDisk, services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddSingleton<OpenDurableRegistry>(_ => progress =>
            {
                ((IReadingListener)progress).Read(3 << 20);
                progress.Begin(4 << 20);
                isOpen.Set();
                read.Wait();
                return Open(progress);
            });
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(provider =>
                new PortsTold(provider.GetRequiredService<ServedAddresses>(), (g, h) => (grpc, http) = (g, h))));
        });
        try
        {
            await Within.BecomesAsync("open ports", true, () => Volatile.Read(ref http) is not null);
            Assert.True(isOpen.Wait(Within.Patience));
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = http };
            await Within.BecomesAsync("progress", "not ready: reading the log, 75 % of 4 MiB\n", async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return await (await client.GetAsync("/readyz")).Content.ReadAsStringAsync();
            });
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/livez")).StatusCode);
            var refused = await client.GetAsync("/v1/status");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("NOT_READY", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

            using var channel = GrpcChannel.ForAddress(grpc!, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false } });
            Assert.Equal(
                HealthCheckResponse.Types.ServingStatus.NotServing, (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest())).Status);
            foreach (var call in new Func<Task>[]
            {
                async () => await new Registration.RegistrationClient(channel).GrantLeaseAsync(new GrantLeaseRequest()),
                async () => await new Discovery.DiscoveryClient(channel).ResolveAsync(new ResolveRequest()),
                async () => await new Discovery.DiscoveryClient(channel).Watch().ResponseStream.MoveNext(CancellationToken.None),
                async () => await new Operations.OperationsClient(channel).StatusAsync(new StatusRequest()),
                async () => await new Operations.OperationsClient(channel).Backup(new BackupRequest()).ResponseStream.MoveNext(CancellationToken.None),
            })
            {
                var error = await Assert.ThrowsAsync<RpcException>(call);
                Assert.Equal((StatusCode.Unavailable, "NOT_READY"), (error.StatusCode, error.Trailers.GetValue("registry-reason")));
                Assert.Contains("75 %", error.Status.Detail, StringComparison.Ordinal);
            }

            Assert.False(starting.IsCompleted);
            read.Set();
            host = await starting.WaitAsync(Within.Patience);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/status")).StatusCode);
            await new Registration.RegistrationClient(channel).GrantLeaseAsync(new GrantLeaseRequest());
        }
        finally
        {
            read.Set();
            host ??= await starting;
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task LogThatCannotBeRead_EndsTheStart()
    {
        var start = RegistryHost.StartAsync(
            OnDisk, services => services.AddSingleton<OpenDurableRegistry>(_ => _ => throw new UnusableStorageException("the log is damaged")));

        Assert.Equal("the log is damaged", (await Assert.ThrowsAsync<CannotStartException>(() => start)).Message);
    }

    private static Dictionary<string, string?> OnDisk => new() { ["Storage:Mode"] = "disk" };

    private Task<RegistryHost> StartAsync() =>
        RegistryHost.StartAsync(OnDisk, services => services.AddSingleton<OpenDurableRegistry>(_ => Open));

    private DurableRegistry Open(RecoveryProgress progress) => DurableRegistry.Open(
        _disk.Mount(), new RegistryOptions(), new LogOptions(), TimeProvider.System, item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));

    private static async Task<LeaseId> GrantAsync(ServiceRegistry registry) => (await registry.GrantLeaseAsync(null, "", CancellationToken.None)).Id;

    private static Task<Core.Changes.CommandOutcome> RegisterAsync(ServiceRegistry registry, LeaseId lease, string id) =>
        registry.ExecuteAsync(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance(id)], []), CancellationToken.None).AsTask();

    // The first one that is told that all have started, the ports included.
    private sealed class PortsTold(ServedAddresses served, Action<Uri, Uri> tell) : IHostedLifecycleService
    {
        public Task StartedAsync(CancellationToken cancellationToken)
        {
            tell(new(served.Grpc.FromThisMachine), new(served.Http.FromThisMachine));
            return Task.CompletedTask;
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
