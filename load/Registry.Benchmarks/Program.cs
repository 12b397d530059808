using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Registry.Benchmarks.Core.Measurements;
using Registry.Benchmarks.Durability;
using Registry.Benchmarks.Locking;
using Registry.Benchmarks.Reporting;

namespace Registry.Benchmarks;

/// <summary>
/// Runs benchmarks. All options are BenchmarkDotNet's but three: <c>--table FILE</c> writes what ran into a file as markdown,
/// <c>--measurements</c> adds what is measured without BenchmarkDotNet (alone, it runs nothing else), and <c>--durability [PART ...]</c>
/// measures what the disk costs, and nothing else.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        if (args is [Replay.Argument, var directory])
            return Replay.Open(directory);
        var run = new Run(args);
        var rest = args.ToList();
        var table = TakeValue(rest, "--table");
        if (rest.Remove("--durability"))
            return await DurabilityRun.RunAsync(rest, table, run);
        var withMeasurements = rest.Remove("--measurements");

        IReadOnlyList<BenchmarkReport> reports = [];
        if (!withMeasurements || rest.Count > 0)
        {
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. rest]);
            reports = [.. summaries.SelectMany(static summary => summary.Reports)];
        }

        IReadOnlyList<Measured> measured = [];
        if (withMeasurements)
            measured = [.. SteadyWriting.Run(), .. FanOutMeasurement.Run(), .. SubscriptionMemory.Run()];
        foreach (var row in measured)
            Console.WriteLine($"{row.What}: {row.Figure} {row.Target}");

        if (table is not null && reports.Count + measured.Count > 0)
            await File.WriteAllTextAsync(table, IsLocking(reports) ? LockingTable.Write(reports, run) : CoreTable.Write(reports, measured, run));
        return reports.Count + measured.Count > 0 && reports.All(static report => report.Success) ? 0 : 1;
    }

    private static bool IsLocking(IReadOnlyList<BenchmarkReport> reports) =>
        reports.Count > 0 && reports.All(static r => r.BenchmarkCase.Descriptor.Type.Namespace == typeof(LockingBenchmarks).Namespace);

    private static string? TakeValue(List<string> args, string name)
    {
        var at = args.IndexOf(name);
        if (at < 0 || at == args.Count - 1)
            return null;
        var value = args[at + 1];
        args.RemoveRange(at, 2);
        return value;
    }
}
