using System.Diagnostics;
using System.Globalization;
using Registry.Benchmarks.Core.Measurements;
using Registry.Core;
using Registry.Storage;

namespace Registry.Benchmarks.Durability;

/// <summary>A start with a million instances, from the log alone and from a snapshot; each in a process of its own, whose memory is looked at.</summary>
internal static class Replay
{
    /// <summary>The argument that makes this program such a process.</summary>
    public const string Argument = "--open";

    private const int Applications = 10_000;
    private const int Instances = 100;

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        using var directory = new DataDirectory();
        var uncut = new LogOptions { SnapshotLogBytes = long.MaxValue, SnapshotInterval = TimeSpan.Zero };
        using (var durable = DurableRegistry.Open(directory.Path, new RegistryOptions(), uncut, TimeProvider.System))
            await Workload.PopulateAsync(durable.Registry, Applications, Instances);
        var fromLog = await OpenElsewhereAsync(directory);

        using (var durable = DurableRegistry.Open(directory.Path, new RegistryOptions(), uncut, TimeProvider.System))
        {
            if (!durable.TakeSnapshot())
                throw new InvalidOperationException($"No snapshot was taken: {durable.SnapshotFailure}");
        }

        var fromSnapshot = await OpenElsewhereAsync(directory);
        return
        [
            new("start with 1,000,000 instances of 10,000 applications, from the log alone", fromLog, "", null),
            new("the same from a state snapshot", fromSnapshot, "", null),
        ];
    }

    /// <summary>Opens a directory, and prints what that took.</summary>
    public static int Open(string directory)
    {
        var peak = 0L;
        using var sampler = new Timer(_ => peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false)), null, 0, 20);
        var started = Stopwatch.GetTimestamp();
        using var durable = DurableRegistry.Open(directory, new RegistryOptions(), new LogOptions(), TimeProvider.System);
        var took = Stopwatch.GetElapsedTime(started);
        using var self = Process.GetCurrentProcess();
        var working = self.PeakWorkingSet64;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{took.TotalSeconds:0.0} s, {durable.Registry.InstanceCount:N0} instances, {durable.Recovery.Changes:N0} changes read; "
            + $"working set at most {working >> 20} MiB, heap at most {peak >> 20} MiB, heap afterwards {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB"));
        return 0;
    }

    private static async Task<string> OpenElsewhereAsync(DataDirectory directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Replay).Assembly.Location);
        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add(directory.Path);
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var on = new FileInfo(Directory.EnumerateFiles(directory.Path, "*.state").FirstOrDefault() ?? directory.Path).Exists ? "" : $", {directory.Bytes >> 20} MiB of log";
        return process.ExitCode == 0 ? said.Trim() + on : throw new InvalidOperationException($"The other process ended with {process.ExitCode}.");
    }
}
