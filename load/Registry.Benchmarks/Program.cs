using System.Globalization;
using BenchmarkDotNet.Running;
using Registry.Benchmarks.Reporting;

namespace Registry.Benchmarks;

/// <summary>
/// Runs benchmarks: <c>--filter</c> and all other options are BenchmarkDotNet's, and <c>--table FILE</c> writes the summary of what ran
/// there as markdown.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        var table = TakeOption(ref args, "--table");
        var started = DateTime.UtcNow;
        var neighbours = new Neighbours();
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).ToList();
        var reports = summaries.SelectMany(summary => summary.Reports).ToList();
        if (table is not null && reports.Count > 0)
            File.WriteAllText(table, LockingTable.Write(reports, args, DateTime.UtcNow - started, neighbours));
        return reports.Count > 0 && reports.TrueForAll(static report => report.Success) ? 0 : 1;
    }

    private static string? TakeOption(ref string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        if (at < 0 || at == args.Length - 1)
            return null;
        var value = args[at + 1];
        args = [.. args[..at], .. args[(at + 2)..]];
        return value;
    }
}
