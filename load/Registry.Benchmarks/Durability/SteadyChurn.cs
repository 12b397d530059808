using System.Diagnostics;
using System.Globalization;
using Registry.Benchmarks.Core.Measurements;
using Registry.Core;
using Registry.Core.Changes.Commands;
using Registry.Storage;

namespace Registry.Benchmarks.Durability;

/// <summary>64 writers register and deregister, with the log's default sizes, until the log was cut several times. How large does the directory get?</summary>
internal static class SteadyChurn
{
    private const int Writers = 64;
    private const long LogToWrite = 512L << 20;

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        using var directory = new DataDirectory();
        var options = new LogOptions();
        using var durable = DurableRegistry.Open(directory.Path, new RegistryOptions(), options, TimeProvider.System);
        await Workload.PopulateAsync(durable.Registry, applications: 100, instancesOfEach: 100);
        var lease = await Workload.GrantAsync(durable.Registry);
        var started = Stopwatch.GetTimestamp();
        var largest = 0L;
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; durable.WrittenBytes < LogToWrite; i++)
            {
                // Twenty instances in one change: what counts here is bytes.
                var instances = Enumerable.Range(1_000_000 + (writer * 10_000) + (i * 20 % 1_000), 20).Select(Workload.Instance).ToArray();
                await Workload.DoAsync(durable.Registry, new RegisterCommand(Workload.Application(writer), "", lease, [.. instances], []));
                await Workload.DoAsync(
                    durable.Registry, new DeregisterCommand(Workload.Application(writer), "", [.. instances.Select(instance => new InstanceRef(instance.Id, 0))], ownLease: null));
            }
        })).ToArray();
        var done = Task.WhenAll(writers);
        while (await Task.WhenAny(done, Task.Delay(20)) != done)
            largest = Math.Max(largest, directory.Bytes);
        await done;

        var bound = (2 * options.SnapshotLogBytes) + options.SegmentBytes;
        var invariant = CultureInfo.InvariantCulture;
        return
        [
            new(
                string.Create(invariant, $"steady churn, {durable.WrittenBytes >> 20} MiB of log in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {durable.SnapshotsTaken} snapshots: the largest that the directory got"),
                string.Create(invariant, $"{largest / (double)(1 << 20):0} MiB"),
                string.Create(invariant, $"at most {bound >> 20} MiB"),
                largest <= bound),
        ];
    }
}
