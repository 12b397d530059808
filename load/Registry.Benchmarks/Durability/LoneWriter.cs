using System.Diagnostics;
using System.Globalization;
using Registry.Benchmarks.Core.Measurements;
using Registry.Core;
using Registry.Core.Changes.Commands;
using Registry.Storage;
using Registry.Storage.Devices;

namespace Registry.Benchmarks.Durability;

/// <summary>One writer, and nobody whose sync it could share; and in turns with it, what the device itself takes to write as much and to sync it.</summary>
internal static class LoneWriter
{
    private const int Writes = 4_000;
    private const double Allowance = 1.0;

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        using var directory = new DataDirectory();
        using var besides = new DataDirectory();
        using var device = DiskDevice.OpenDirectory(besides.Path);
        using var file = device.Create("flushed");
        using var durable = DurableRegistry.Open(directory.Path, new RegistryOptions(), new LogOptions(), TimeProvider.System);
        var lease = await Workload.GrantAsync(durable.Registry);
        Latencies writes = new(), flushes = new();
        var bytes = new byte[300];
        for (var i = 0; i < Writes + 500; i++)
        {
            var before = Stopwatch.GetTimestamp();
            await Workload.DoAsync(durable.Registry, new RegisterCommand(Workload.Application(i % 50), "", lease, [Workload.Instance(i)], []));
            if (i >= 500)
                writes.Add(before);
            before = Stopwatch.GetTimestamp();
            file.Write(bytes, i * bytes.Length);
            file.Sync();
            if (i >= 500)
                flushes.Add(before);
        }

        var limit = flushes.Percentile(0.99) + Allowance;
        return
        [
            new("a lone writer: what a durable register takes", $"{writes}", string.Create(CultureInfo.InvariantCulture, $"p99 at most one flush and 1 ms: {limit:0.00} ms"), writes.Percentile(0.99) <= limit),
            new("in turns with it: 300 bytes written and synced by hand", $"{flushes}", "", null),
        ];
    }
}
