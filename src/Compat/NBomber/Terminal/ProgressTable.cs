using NBomber.Reporting;
using NBomber.Running;
using Spectre.Console;
using Text = NBomber.Reporting.Text;

namespace NBomber.Terminal;

/// <summary>How far the scenarios are.</summary>
internal static class ProgressTable
{
    public static Table Of(IReadOnlyList<ScenarioProgress> progress)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        table.AddColumn("scenario");
        table.AddColumn("load");
        foreach (var name in (string[])["time", "at work", "ok", "failed", "per s", "p50", "p95", "p99"])
            table.AddColumn(new TableColumn(name).RightAligned());
        table.AddColumn("errors");
        foreach (var scenario in progress)
        {
            var all = scenario.Measured.Iterations;
            var ok = all.Ok.Latencies;
            var latest = scenario.Latest;
            var elapsed = scenario.Elapsed < scenario.Duration ? scenario.Elapsed : scenario.Duration;
            var errors = string.Join(
                "\n", all.Fail.Codes.OrderByDescending(code => code.Value.Count).Take(4)
                    .Select(code => $"{PlainTable.OneLine(Text.Code(code.Key))}: {Text.Count(code.Value.Count)}"));
            table.AddRow(
                Markup.Escape(PlainTable.OneLine(scenario.Name)), $"{scenario.Load.Name} {scenario.Load.Value}",
                $"{Text.Duration(elapsed)} [grey]of {Text.Duration(scenario.Duration)}[/]", Text.Count(scenario.Active),
                $"[green]{Text.Count(all.Ok.Count)}[/]", all.Fail.Count == 0 ? "0" : $"[red]{Text.Count(all.Fail.Count)}[/]",
                latest is { Width.TotalSeconds: > 0 } ? Text.Number((latest.Ok + latest.Fail) / latest.Width.TotalSeconds) : "–",
                Text.Latency(ok.Percentile(50)), Text.Latency(ok.Percentile(95)), Text.Latency(ok.Percentile(99)),
                errors.Length == 0 ? "[grey]none[/]" : $"[red]{Markup.Escape(errors)}[/]");
        }

        return table;
    }
}
