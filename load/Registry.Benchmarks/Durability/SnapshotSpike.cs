using System.Diagnostics;
using System.Globalization;
using Registry.Benchmarks.Core.Measurements;
using Registry.Core;
using Registry.Core.Changes.Commands;
using Registry.Storage;

namespace Registry.Benchmarks.Durability;

/// <summary>Writers write all the time; now and then a snapshot of 100,000 instances is taken. How long does the slowest answer take?</summary>
internal static class SnapshotSpike
{
    private const int Applications = 1_000;
    private const int Instances = 100;
    private const int Writers = 8;
    private const int Snapshots = 5;
    private const double Target = 50;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(2);

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        using var directory = new DataDirectory();
        using var durable = DurableRegistry.Open(
            directory.Path, new RegistryOptions(), new LogOptions { SnapshotLogBytes = long.MaxValue, SnapshotInterval = TimeSpan.Zero }, TimeProvider.System);
        await Workload.PopulateAsync(durable.Registry, Applications, Instances);
        GC.Collect();

        Latencies during = new(), besides = new();
        var taking = 0;
        using var stop = new CancellationTokenSource();
        var lease = await Workload.GrantAsync(durable.Registry);
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            Latencies ownDuring = new(), ownBesides = new();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var wasTaking = Volatile.Read(ref taking);

                // Another weight each time: the same again would be nothing to do.
                var instance = Workload.Instance(10_000_000 + (i % 2_000) + (writer * 2_000)) with { Weight = 1 + (i / 2_000 % 100) };
                var before = Stopwatch.GetTimestamp();
                await Workload.DoAsync(durable.Registry, new RegisterCommand(Workload.Application((writer * 100) + (i % 100)), "", lease, [instance], []));
                (wasTaking + Volatile.Read(ref taking) > 0 ? ownDuring : ownBesides).Add(before);
                await Task.Delay(Pace);
            }

            return (ownDuring, ownBesides);
        })).ToArray();

        double longest = 0, length = 0;
        for (var i = 0; i < Snapshots; i++)
        {
            await Task.Delay(Between);
            Volatile.Write(ref taking, 1);
            var started = Stopwatch.GetTimestamp();
            var taken = await Task.Factory.StartNew(
                durable.TakeSnapshot,
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            Volatile.Write(ref taking, 0);
            if (!taken)
                throw new InvalidOperationException($"No snapshot was taken: {durable.SnapshotFailure}");
            length = new FileInfo(Directory.EnumerateFiles(directory.Path, "*.state").Max(StringComparer.Ordinal)!).Length;
        }

        await Task.Delay(Between);
        await stop.CancelAsync();
        foreach (var (ownDuring, ownBesides) in await Task.WhenAll(writers))
        {
            during.Add(ownDuring);
            besides.Add(ownBesides);
        }

        var invariant = CultureInfo.InvariantCulture;
        return
        [
            new(
                string.Create(invariant, $"{Writers} writers while a snapshot of 100,000 instances is taken ({during.Count:N0} writes during {Snapshots} snapshots)"),
                $"{during}",
                $"longest < {Target} ms",
                during.Maximum < Target),
            new(string.Create(invariant, $"the same writers while none is taken ({besides.Count:N0} writes)"), $"{besides}", "", null),
            new("how long such a snapshot takes, at most, and how long it is", string.Create(invariant, $"{longest:N0} ms, {length / (1 << 20):0.0} MiB"), "", null),
        ];
    }
}
