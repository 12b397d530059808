using System.Diagnostics;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Client.Tests.Scale;

/// <summary>A server that is killed, and comes back without its state, under 500 clients that each have a connection of their own.</summary>
[Collection(nameof(AloneTests))]
public sealed class RestartUnderManyTests(ITestOutputHelper output)
{
    private const int Clients = 500;
    private const int Applications = 5;

    [Fact]
    public async Task KilledServer_EmptiesNoList_AndAllAreUpToDateAgain()
    {
        var port = FreePort.Find();
        var server = await StartAsync(port);
        var clients = new List<RegistryClient>();
        try
        {
            for (var i = 0; i < Clients; i++)
            {
                clients.Add(new RegistryClient(
                    new RegistryClientOptions { Addresses = { $"http://127.0.0.1:{port}" }, LossProtection = TimeSpan.FromMinutes(10) }, time: new OwnTime()));
            }

            var instances = clients.Select((client, i) => client.Register(new InstanceRegistration
            {
                Application = Name(i),
                Endpoints = [new ServiceEndpoint("grpc", "127.0.0.1", i + 1)],
            })).ToArray();
            await Within.DeadlineAsync(Task.WhenAll(instances.Select(instance => instance.Settled)), "all instances", "registered");
            var watches = clients.Select((client, i) => client.Watch(client.Application(Name(i + 1)))).ToArray();
            await Within.BecomesAsync("clients that see all", Clients, () => watches.Count(watch => SeesAll(watch.Current)));

            var fewest = Clients;
            foreach (var watch in watches)
            {
                watch.OnChange(view => InterlockedMin(ref fewest, view.Instances.Length));
            }

            var epoch = watches[0].Current!.Epoch;
            var killed = Stopwatch.GetTimestamp();
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
            await server.DisposeAsync();
            server = await StartAsync(port);
            var back = Stopwatch.GetElapsedTime(killed);

            await Within.BecomesAsync(
                "clients that are up to date again", Clients,
                () => watches.Count(watch => watch.Current is { HeldInstances: 0 } view && view.Epoch != epoch && SeesAll(view)),
                TimeSpan.FromSeconds(60));
            output.WriteLine(
                $"proof: server killed under {Clients} clients: back after {back.TotalSeconds:0.0} s, all {Clients} right {(Stopwatch.GetElapsedTime(killed) - back).TotalSeconds:0.0} s later, no list ever shorter than {Volatile.Read(ref fewest)} of {Clients / Applications}");
            Assert.Equal(Clients / Applications, Volatile.Read(ref fewest));
            Assert.All(instances, instance => Assert.False(instance.Ended.IsCompleted));
        }
        finally
        {
            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
            await server.DisposeAsync();
        }
    }

    private static string Name(int i) => $"app-{i % Applications}";

    private static bool SeesAll(ServiceView? view) =>
        view is { Instances.Length: Clients / Applications } && view.Instances.All(instance => instance.Status == InstanceStatus.Up);

    private static void InterlockedMin(ref int least, int value)
    {
        for (var seen = Volatile.Read(ref least); value < seen; seen = Volatile.Read(ref least))
        {
            Interlocked.CompareExchange(ref least, value, seen);
        }
    }

    private static Task<RegistryProcess> StartAsync(int port) => RegistryProcess.StartAsync(["--grpc", $"127.0.0.1:{port}", "--storage", "memory"]);

    // Clients of one process share what they can. Another clock makes another client of each.
    private sealed class OwnTime : TimeProvider;
}
