using System.Diagnostics;
using System.Globalization;
using Registry.Benchmarks.Core.Measurements;
using Registry.Core;
using Registry.Core.Changes.Commands;
using Registry.Storage;

namespace Registry.Benchmarks.Durability;

/// <summary>
/// 64 writers, each of which waits for its answer before it writes again, in this process and without a socket: in memory and on disk in turns,
/// so that both meet the same machine.
/// </summary>
internal static class GroupCommit
{
    private const int Writers = 64;
    private const int Rounds = 5;
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        List<double> memory = [], disk = [], ratios = [];
        double sharing = 0;
        var latencies = new Latencies();
        for (var round = 0; round <= Rounds; round++)
        {
            double inMemory, onDisk;
            using (var registry = new ServiceRegistry(new RegistryOptions(), TimeProvider.System))
                inMemory = await WriteAsync(registry, new Latencies());
            using (var directory = new DataDirectory())
            using (var durable = DurableRegistry.Open(directory.Path, new RegistryOptions(), new LogOptions(), TimeProvider.System))
            {
                onDisk = await WriteAsync(durable.Registry, latencies);
                sharing = (double)durable.Registry.Revision / durable.Commits;
            }

            // The first round warms up.
            if (round == 0)
                continue;
            memory.Add(inMemory);
            disk.Add(onDisk);
            ratios.Add(onDisk / inMemory);
        }

        var invariant = CultureInfo.InvariantCulture;
        return
        [
            new("64 writers in this process, no socket: durable changes per second", string.Create(invariant, $"{Median(disk):N0}; in memory {Median(memory):N0}; ratio {Median(ratios):0.00}"), "", null),
            new("the same: changes that shared one sync, and what an answer took", string.Create(invariant, $"{sharing:0.0}; {latencies}"), "", null),
        ];
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static async Task<double> WriteAsync(ServiceRegistry registry, Latencies latencies)
    {
        var lease = await Workload.GrantAsync(registry);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var own = new Latencies();
            while (Stopwatch.GetElapsedTime(started) < RoundTime)
            {
                var before = Stopwatch.GetTimestamp();
                var instance = Workload.Instance((writer * 1_000) + (own.Count / 2 % 500));
                if (own.Count % 2 == 0)
                    await Workload.DoAsync(registry, new RegisterCommand(Workload.Application(writer), "", lease, [instance], []));
                else
                    await Workload.DoAsync(registry, new DeregisterCommand(Workload.Application(writer), "", [new InstanceRef(instance.Id, 0)], ownLease: null));
                own.Add(before);
            }

            return own;
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var count in counts)
            latencies.Add(count);
        return counts.Sum(static c => c.Count) / seconds;
    }
}
