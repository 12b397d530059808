using System.Globalization;
using System.Text;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Registry.Benchmarks.Locking;

namespace Registry.Benchmarks.Reporting;

/// <summary>The consolidated table of the locking benchmarks: a row per strategy and size, a column per mix and threads.</summary>
internal static class LockingTable
{
    private static readonly int[] Threads = [1, 2, 8];

    /// <summary>Writes the table.</summary>
    /// <param name="reports">What ran; what is not there stays empty.</param>
    /// <param name="run">How it was run.</param>
    public static string Write(IReadOnlyList<BenchmarkReport> reports, Run run)
    {
        var cells = reports.ToDictionary(static report => CellOf(report.BenchmarkCase));
        var text = new StringBuilder();
        text.AppendLine("# Locking: what an operation costs").AppendLine();
        run.AppendTo(text, LockingConfig.Description);
        text.AppendLine("* an entry is an application or an interface, half of each; a read finds one interface's mapping and its two");
        text.AppendLine("  applications; a write puts an instance into an application, and every tenth changes a mapping too");
        text.AppendLine("* every case was audited at its end: each write is there, no revision went back").AppendLine();

        AppendTable(text, "## Nanoseconds per operation on the wall", cells, static report =>
            WallOf(report) is { } wall ? Number(wall.Fastest) : "-");
        text.AppendLine("Divided by all operations of all threads, in the fastest round: two threads that do not hinder each other halve");
        text.AppendLine("it. Others on the machine make it longer, and do so to some cases more than to others.").AppendLine();
        AppendTable(text, "## Nanoseconds of processor time per operation", cells, static report =>
            report.ResultStatistics is { } s ? Number(s.Median) : "-");
        text.AppendLine("Of the whole process, the garbage collector's threads included, in the median iteration: what others on the");
        text.AppendLine("machine disturb least. Waiting for a lock is not in it, spinning for it is.").AppendLine();
        AppendTable(text, "## Bytes allocated per operation", cells, static report =>
            report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) is { } bytes ? Number(bytes) : "-");
        AppendTable(text, "## How disturbed it was: nanoseconds per operation on the wall, median round", cells, static report =>
            WallOf(report) is { } wall ? Number(wall.Median) : "-");
        return text.ToString();
    }

    private static WallTime? WallOf(BenchmarkReport report) =>
        WallTime.Find(report.ExecuteResults.SelectMany(static result => result.StandardOutput));

    private static void AppendTable(
        StringBuilder text, string title, Dictionary<(Strategy, int, Mix, int), BenchmarkReport> cells, Func<BenchmarkReport, string> show)
    {
        text.AppendLine(title).AppendLine();
        text.Append("| strategy | entries |");
        foreach (var mix in Enum.GetValues<Mix>())
        {
            foreach (var threads in Threads)
                text.Append(CultureInfo.InvariantCulture, $" {NameOf(mix)}, {threads} thr. |");
        }

        text.AppendLine().Append("| --- | ---: |").Insert(text.Length, " ---: |", 3 * Threads.Length).AppendLine();
        foreach (var strategy in Enum.GetValues<Strategy>())
        {
            foreach (var entries in new[] { 1_000, LargeCopyBenchmarks.Entries })
            {
                text.Append(CultureInfo.InvariantCulture, $"| {NameOf(strategy)} | {entries:N0} |");
                foreach (var mix in Enum.GetValues<Mix>())
                {
                    foreach (var threads in Threads)
                    {
                        var report = cells.GetValueOrDefault((strategy, entries, mix, threads));
                        text.Append(CultureInfo.InvariantCulture, $" {(report is null ? "" : report.Success ? show(report) : "FAILED")} |");
                    }
                }

                text.AppendLine();
            }
        }

        text.AppendLine();
    }

    private static (Strategy Strategy, int Entries, Mix Mix, int Threads) CellOf(BenchmarkCase benchmark)
    {
        var threads = (int)benchmark.Parameters[nameof(LockingBenchmarks.Threads)];
        if (benchmark.Descriptor.Type == typeof(LargeCopyBenchmarks))
            return (Strategy.CopyOnWrite, LargeCopyBenchmarks.Entries, Enum.Parse<Mix>(benchmark.Descriptor.WorkloadMethod.Name), threads);
        return (
            (Strategy)benchmark.Parameters[nameof(LockingBenchmarks.Strategy)],
            (int)benchmark.Parameters[nameof(LockingBenchmarks.Entries)],
            (Mix)benchmark.Parameters[nameof(LockingBenchmarks.Mix)],
            threads);
    }

    private static string Number(double value) => value.ToString(value < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string NameOf(Mix mix) => mix switch
    {
        Mix.Reads99Writes1 => "99:1",
        Mix.Reads50Writes50 => "50:50",
        _ => "writes",
    };

    private static string NameOf(Strategy strategy) => strategy switch
    {
        Strategy.OneLock => "one lock",
        Strategy.ReaderWriterLock => "ReaderWriterLockSlim",
        Strategy.OptimisticMap => "ConcurrentDictionary + commit lock",
        Strategy.StripedTables => "**striped tables**",
        Strategy.CopyOnWrite => "copy-on-write of the map",
        _ => "one writer behind a channel",
    };
}
