using System.Globalization;
using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Reporting;
using NBomber.Running;

namespace NBomber.Terminal;

/// <summary>Lines, for output that goes to a file or a pipeline.</summary>
/// <param name="output">Takes lines from several threads, as <see cref="Console.Out"/> does.</param>
/// <param name="time">For the interval between lines.</param>
internal sealed class LineView(TextWriter output, TimeProvider time) : IRunView
{
    private TimeSpan _interval;
    private bool _progress;
    private long _last;

    public void Begin(SessionSettings settings, TestInfo test)
    {
        _interval = settings.ReportingInterval;
        _progress = settings.DisplayConsoleMetrics;
        Say($"{test.TestSuite} / {test.TestName}: {string.Join(", ", settings.Scenarios.Select(s => s.Scenario.ScenarioName))}");
    }

    public void Enter(OperationType operation)
    {
        _last = time.GetTimestamp();
        if (operation is OperationType.Init or OperationType.WarmUp or OperationType.Bombing or OperationType.Stop)
            Say(operation.ToString().ToLowerInvariant());
    }

    public void Show(IReadOnlyList<ScenarioProgress> progress)
    {
        // Looks come once a second: half a second of grace keeps the interval from becoming one longer.
        if (!_progress || time.GetElapsedTime(_last) < _interval - TimeSpan.FromMilliseconds(500))
            return;
        _last = time.GetTimestamp();
        foreach (var scenario in progress)
            Say("  " + Line(scenario));
    }

    public void Say(string line) => output.WriteLine(PlainTable.OneLine(line));

    public async Task EndAsync(RunReport report, IReadOnlyList<ReportFile> files)
    {
        await output.WriteAsync("\n" + TxtReport.Render(report) + "\n").ConfigureAwait(false);
        foreach (var file in files)
            Say($"report: {file.FilePath}");
    }

    public ValueTask DisposeAsync() => default;

    public static string Line(ScenarioProgress scenario)
    {
        var all = scenario.Measured.Iterations;
        var ok = all.Ok.Latencies;
        var warm = scenario.Operation == ScenarioOperation.WarmUp ? " (warm-up)" : "";
        var rate = scenario.Latest is { Width.TotalSeconds: > 0 } latest
            ? $", {Text.Rate((latest.Ok + latest.Fail) / latest.Width.TotalSeconds)}"
            : "";
        var errors = string.Join(
            ", ", all.Fail.Codes.OrderByDescending(code => code.Value.Count).Take(5)
                .Select(code => $"{Text.Code(code.Key)}: {Text.Count(code.Value.Count)}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{scenario.Name}{warm}: {scenario.Load.Name} {scenario.Load.Value}, {Text.Duration(Min(scenario.Elapsed, scenario.Duration))}/"
            + $"{Text.Duration(scenario.Duration)}, {scenario.Active} at work, "
            + $"{Text.Count(all.Ok.Count)} ok, {Text.Count(all.Fail.Count)} failed{rate}, "
            + $"p50 {Text.Latency(ok.Percentile(50))}, p95 {Text.Latency(ok.Percentile(95))}, p99 {Text.Latency(ok.Percentile(99))}")
            + (errors.Length > 0 ? $"; {errors}" : "");
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
