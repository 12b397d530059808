using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Client.Tests.Resolving;

/// <summary>A registry that goes away and comes back, with or without what it knew.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private readonly int _port = FreePort.Find();
    private RegistryHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task RegistryThatComesBackWithoutItsState_EmptiesNoList_AndIsToldEverythingAnew()
    {
        await using var provider = NewClient();
        await using var consumer = NewClient(options => options.LossProtection = TimeSpan.FromMinutes(10), otherRegistry: true);
        var instance = provider.Register(Instance("orders", 1));
        await instance.Settled;
        using var watch = consumer.Watch(consumer.Application("orders"));
        await watch.FirstAsync();
        var least = int.MaxValue;
        watch.OnChange(view => least = Math.Min(least, view.Instances.Length));
        var epoch = watch.Current!.Epoch;

        await RestartAsync();
        await Within.HoldsAsync("the watch", "the instance, of the new history", () => watch.Current!,
            view => view.Epoch != epoch && view is { HeldInstances: 0, Instances: [{ Status: InstanceStatus.Up }] });
        Assert.Equal(1, least);
        Assert.False(instance.Ended.IsCompleted);
        Assert.Equal(RegistryConnectionState.Connected, consumer.Connection.State);
    }

    [Fact]
    public async Task InstanceThatTheNewHistoryDoesNotName_IsHeldAsSuspect_AndLetGoAtTheBound()
    {
        var provider = NewClient();
        await using var consumer = NewClient(options => options.LossProtection = TimeSpan.FromSeconds(3), otherRegistry: true);
        await provider.Register(Instance("orders", 1)).Settled;
        using var watch = consumer.Watch(consumer.Application("orders"));
        await watch.FirstAsync();

        await _host.DisposeAsync();
        await provider.DisposeAsync();
        _host = await StartAsync();
        var held = await Within.HoldsAsync("the watch", "a held instance", () => watch.Current!, view => view.HeldInstances == 1);
        Assert.Equal(InstanceStatus.Suspect, Assert.Single(held.Instances).Status);
        Assert.True(held.Instances[0].IsHeld);
        await Within.BecomesAsync("the watch, at the bound", 0, () => watch.Current!.Instances.Length);
        Assert.Equal(ServiceStatus.Unknown, watch.Current!.Status);
    }

    [Fact]
    public async Task HeldInstance_ThatIsRegisteredAndDeregisteredAgain_IsNotHeld()
    {
        var provider = NewClient();
        await using var consumer = NewClient(options => options.LossProtection = TimeSpan.FromMinutes(10), otherRegistry: true);
        var instance = provider.Register(Instance("orders", 1));
        await instance.Settled;
        using var watch = consumer.Watch(consumer.Application("orders"));
        await watch.FirstAsync();
        var epoch = watch.Current!.Epoch;
        await RestartAsync();
        await Within.HoldsAsync("the watch", "the instance, of the new history", () => watch.Current!,
            view => view.Epoch != epoch && view is { HeldInstances: 0, Instances.Length: 1 });

        await provider.DisposeAsync();
        await Within.BecomesAsync("the watch, after a deregistration", 0, () => watch.Current!.Instances.Length);
    }

    [Fact]
    public async Task Deregistration_IsBelievedAtOnce_ThoughItEmptiesTheList()
    {
        await using var client = NewClient();
        var instance = client.Register(Instance("orders", 1));
        await instance.Settled;
        using var watch = client.Watch(client.Application("orders"));
        await watch.FirstAsync();
        await instance.DisposeAsync();
        await Within.BecomesAsync("the watch", 0, () => watch.Current!.Instances.Length);
        Assert.Equal(0, watch.Current!.HeldInstances);
    }

    [Fact]
    public async Task WithoutAServer_CallersWaitABoundedTime_AndAreToldWhy()
    {
        await _host.DisposeAsync();
        await using var client = NewClient(options => options.CallTimeout = TimeSpan.FromMilliseconds(300));
        var failure = await Assert.ThrowsAsync<RegistryUnavailableException>(async () => await client.ResolveAsync(client.Application("orders")));
        Assert.Contains("nothing is known of application orders", failure.Message, StringComparison.Ordinal);
        Assert.Contains("refused", failure.Message, StringComparison.OrdinalIgnoreCase);
        using var picker = client.CreatePicker(client.Application("orders"), "grpc");
        Assert.False(picker.TryPick(out _));

        // What was wanted is done when somebody answers.
        var instance = client.Register(Instance("orders", 1));
        _host = await StartAsync();
        await Within.DeadlineAsync(instance.Settled, "the registration", "confirmed");
        await Within.HoldsAsync("the picker", "an endpoint", () => picker.TryPick(out _), picked => picked);
    }

    [Fact]
    public async Task ViewOnDisk_ServesMarkedStale_WhenNoServerAnswersAtStart()
    {
        var directory = Directory.CreateTempSubdirectory("registry-view");
        try
        {
            await using (var provider = NewClient())
            {
                await provider.Register(Instance("orders", 1, "orders.v1.Orders")).Settled;
                await using var earlier = NewClient(options => options.CacheDirectory = directory.FullName, otherRegistry: true);
                await earlier.ResolveAsync(earlier.Interface("orders.v1.Orders"));
            }

            await _host.DisposeAsync();
            await using var later = NewClient(options => options.CacheDirectory = directory.FullName, otherRegistry: true);
            var view = await later.ResolveAsync(later.Interface("orders.v1.Orders"));
            Assert.True(view.IsStale);
            Assert.Equal("127.0.0.1:1", Assert.Single(view.Instances).Id);
            Assert.Equal(1, later.StaleTopics);
            await Assert.ThrowsAsync<RegistryUnavailableException>(
                async () => await later.ResolveAsync(later.Application("billing"), TestContext.Current.CancellationToken));

            // A server that answers replaces it.
            _host = await StartAsync();
            using var watch = later.Watch(later.Interface("orders.v1.Orders"));
            await Within.BecomesAsync("the view", false, () => watch.Current!.IsStale);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static InstanceRegistration Instance(string application, int port, params string[] interfaces) => new()
    {
        Application = application,
        Endpoints = [new ServiceEndpoint("grpc", "127.0.0.1", port)],
        Interfaces = interfaces,
    };

    private Task<RegistryHost> StartAsync() =>
        RegistryHost.StartAsync(new Dictionary<string, string?> { ["Grpc:Address"] = $"127.0.0.1:{_port}" });

    private async Task RestartAsync()
    {
        await _host.DisposeAsync();
        _host = await StartAsync();
    }

    private RegistryClient NewClient(Action<RegistryClientOptions>? configure = null, bool otherRegistry = false)
    {
        var options = new RegistryClientOptions
        {
            ShortestRetry = TimeSpan.FromMilliseconds(10),
            LongestRetry = TimeSpan.FromMilliseconds(200),
            CallTimeout = TimeSpan.FromSeconds(2),
            Addresses = { $"http://{(otherRegistry ? "localhost" : "127.0.0.1")}:{_port}" },
        };
        configure?.Invoke(options);
        return new RegistryClient(options);
    }
}
