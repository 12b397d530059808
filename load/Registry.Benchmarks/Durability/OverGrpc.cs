using System.Diagnostics;
using System.Globalization;
using Grpc.Net.Client;
using Registry.Benchmarks.Core.Measurements;
using Registry.Protocol.V1;
using Registry.TestKit.Hosting;

namespace Registry.Benchmarks.Durability;

/// <summary>
/// 64 writers over gRPC against a server of its own process, in memory and on disk in turns. Writers and server share the machine, so this is
/// what a machine does in all, and not what a server could do.
/// </summary>
internal static class OverGrpc
{
    private const int Writers = 64;
    private const int Connections = 4;
    private const int Rounds = 5;
    private const double Target = 0.7;
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(4);

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        await using var memory = await RegistryProcess.StartAsync(["--storage", "memory"]);
        await using var disk = await RegistryProcess.StartAsync(["--storage", "disk"]);
        Latencies inMemory = new(), onDisk = new();
        List<double> memoryRates = [], diskRates = [], ratios = [], memoryTimes = [], diskTimes = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var (memoryRate, memoryTime) = await WriteAsync(memory, round == 0 ? new() : inMemory);
            var (diskRate, diskTime) = await WriteAsync(disk, round == 0 ? new() : onDisk);

            // The first round warms up.
            if (round == 0)
                continue;
            memoryRates.Add(memoryRate);
            diskRates.Add(diskRate);
            ratios.Add(diskRate / memoryRate);
            memoryTimes.Add(memoryTime);
            diskTimes.Add(diskTime);
        }

        var invariant = CultureInfo.InvariantCulture;
        var ratio = GroupCommit.Median(ratios);
        return
        [
            new(
                "64 writers over gRPC: durable registrations and deregistrations per second",
                string.Create(invariant, $"{GroupCommit.Median(diskRates):N0}; in memory {GroupCommit.Median(memoryRates):N0}; ratio {ratio:0.00} ({string.Join(", ", ratios.Select(r => r.ToString("0.00", invariant)))})"),
                string.Create(invariant, $"ratio at least {Target}"),
                ratio >= Target),
            new(
                "the same: processor time of the server per change",
                string.Create(invariant, $"{GroupCommit.Median(diskTimes):0.0} us; in memory {GroupCommit.Median(memoryTimes):0.0} us"),
                "",
                null),
            new("the same: what an answer took, on disk", $"{onDisk}", "", null),
            new("the same: what an answer took, in memory", $"{inMemory}", "", null),
        ];
    }

    // Changes per second, and microseconds of the server's processor time for each.
    private static async Task<(double Rate, double Time)> WriteAsync(RegistryProcess server, Latencies latencies)
    {
        using var process = Process.GetProcessById(server.Id);
        var busy = process.TotalProcessorTime;
        var channels = Enumerable.Range(0, Connections)
            .Select(_ => GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false }, DisposeHttpClient = true }))
            .ToArray();
        var lease = (await new Registration.RegistrationClient(channels[0]).GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
        var started = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var client = new Registration.RegistrationClient(channels[writer % Connections]);
            var own = new Latencies();
            while (Stopwatch.GetElapsedTime(started) < RoundTime)
            {
                var spec = Spec(Workload.Instance((writer * 1_000) + (own.Count / 2 % 500)));
                var before = Stopwatch.GetTimestamp();
                if (own.Count % 2 == 0)
                    await client.RegisterAsync(new RegisterRequest { Application = $"application-{writer}", LeaseId = lease, Instances = { spec } });
                else
                    await client.DeregisterAsync(new DeregisterRequest { Application = $"application-{writer}", Instances = { new InstanceRef { Id = spec.Id } } });
                own.Add(before);
            }

            return own;
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var own in all)
            latencies.Add(own);
        foreach (var channel in channels)
            channel.Dispose();
        var changes = all.Sum(static own => own.Count);
        process.Refresh();
        return (changes / seconds, (process.TotalProcessorTime - busy).TotalMicroseconds / changes);
    }

    private static InstanceSpec Spec(Registry.Core.Instances.InstanceDeclaration declared)
    {
        var spec = new InstanceSpec { Id = declared.Id, Zone = declared.Zone };
        foreach (var endpoint in declared.Endpoints)
            spec.Endpoints.Add(new Endpoint { Protocol = endpoint.Protocol, Host = endpoint.Host, Port = (uint)endpoint.Port });
        foreach (var (key, value) in declared.Metadata)
            spec.Metadata.Add(key, value);
        return spec;
    }
}
