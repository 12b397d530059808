using System.Globalization;
using System.Reflection;
using System.Text;
using BenchmarkDotNet.Reports;
using Registry.Benchmarks.Client;
using Registry.Benchmarks.Core;
using Registry.Benchmarks.Core.Measurements;

namespace Registry.Benchmarks.Reporting;

/// <summary>The table of the core's or the client's benchmarks and of what is measured beside them: a row each, with its target.</summary>
internal static class CoreTable
{
    /// <summary>Writes the table.</summary>
    /// <param name="reports">What ran.</param>
    /// <param name="measured">What was measured without BenchmarkDotNet.</param>
    /// <param name="run">How it was run.</param>
    public static string Write(IReadOnlyList<BenchmarkReport> reports, IReadOnlyList<Measured> measured, Run run)
    {
        var text = new StringBuilder();
        var isClient = reports.Any(static report => report.BenchmarkCase.Descriptor.Type.Namespace == typeof(PickBenchmarks).Namespace);
        text.AppendLine(isClient ? "# The client library: what its operations cost" : "# The core: what its operations cost").AppendLine();
        run.AppendTo(text, isClient ? ClientConfig.Description : CoreConfig.Description);
        text.AppendLine("* median of the iterations, and the fastest beside it; per second: of one core; the verdict is on the median");
        text.AppendLine();
        text.AppendLine("| what | with | ns | fastest | per second | bytes | target | |");
        text.AppendLine("| --- | --- | ---: | ---: | ---: | ---: | --- | --- |");
        foreach (var report in reports)
            AppendRow(text, report);

        if (measured.Count == 0)
            return text.ToString();
        text.AppendLine();
        text.AppendLine("Measured without BenchmarkDotNet, in one process:").AppendLine();
        text.AppendLine("| what | figure | target | |");
        text.AppendLine("| --- | ---: | --- | --- |");
        foreach (var row in measured)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.What} | {row.Figure} | {row.Target} | {Verdict(row.IsMet)} |");
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, BenchmarkReport report)
    {
        var goal = report.BenchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<GoalAttribute>();
        var with = string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(static p => p.Value is Enum choice
            ? $"{choice}"
            : string.Create(CultureInfo.InvariantCulture, $"{p.Value:N0} {p.Name.ToLowerInvariant()}")));
        text.Append(CultureInfo.InvariantCulture, $"| {goal?.What ?? report.BenchmarkCase.Descriptor.WorkloadMethod.Name} | {with} | ");
        if (!report.Success || report.ResultStatistics is not { } statistics)
        {
            text.AppendLine("FAILED | | | | | |");
            return;
        }

        var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        var targets = new List<string>();
        bool? isMet = null;
        if (goal?.MaxNanoseconds > 0)
        {
            targets.Add(string.Create(CultureInfo.InvariantCulture, $"< {goal.MaxNanoseconds:N0} ns"));
            isMet = statistics.Median < goal.MaxNanoseconds;
        }

        if (goal?.MaxBytes >= 0)
        {
            targets.Add(string.Create(CultureInfo.InvariantCulture, $"{(goal.MaxBytes == 0 ? "" : "at most ")}{goal.MaxBytes:N0} B"));
            isMet = isMet != false && bytes <= goal.MaxBytes;
        }

        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Number(statistics.Median)} | {Number(statistics.Min)} | {1e9 / statistics.Median:N0} | {bytes:N0} | "
            + $"{string.Join(", ", targets)} | {Verdict(isMet)} |");
    }

    private static string Verdict(bool? isMet) => isMet switch { true => "met", false => "**missed**", null => "" };

    private static string Number(double value) => value.ToString(value < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
