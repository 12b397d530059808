using NBomber.Reporting;
using NBomber.Running;
using Spectre.Console;
using Text = NBomber.Reporting.Text;

namespace NBomber.Terminal;

/// <summary>The outcome.</summary>
internal static class SummaryTable
{
    public static Table Of(RunReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey)
            .Title(Markup.Escape(PlainTable.OneLine($"{report.Test.TestSuite} / {report.Test.TestName}: {Text.Outcome(report)}")));
        table.AddColumn("scenario");
        foreach (var name in (string[])["step", "attempts", "ok", "failed", "ok per s", "p50", "p95", "p99", "p99.9", "max"])
            table.AddColumn(new TableColumn(name) { Alignment = name == "step" ? Justify.Left : Justify.Right });
        foreach (var scenario in report.Scenarios)
        {
            var first = true;
            foreach (var row in Row.Of(scenario))
            {
                var (all, ok) = (row.All, row.All.Ok.Latencies);
                table.AddRow(
                    first ? Markup.Escape(PlainTable.OneLine(scenario.Stats.ScenarioName)) : "",
                    first ? "" : Markup.Escape(PlainTable.OneLine(row.Name)),
                    Text.Count(all.Count), Text.Count(all.Ok.Count), all.Fail.Count == 0 ? "0" : $"[red]{Text.Count(all.Fail.Count)}[/]",
                    Text.Number(all.Ok.Count / scenario.RatedSeconds), Text.Latency(ok.Percentile(50)), Text.Latency(ok.Percentile(95)),
                    Text.Latency(ok.Percentile(99)), Text.Latency(ok.Percentile(99.9)), Text.Latency(ok.Max));
                first = false;
            }
        }

        return table;
    }

    public static Table Failures(ScenarioReport scenario)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey)
            .Title(Markup.Escape(PlainTable.OneLine($"failures of {scenario.Stats.ScenarioName}")));
        table.AddColumn("status code");
        table.AddColumn(new TableColumn("count").RightAligned());
        table.AddColumn(new TableColumn("share").RightAligned());
        table.AddColumn("first message");
        foreach (var code in scenario.Stats.Fail.StatusCodes)
        {
            table.AddRow(
                Markup.Escape(PlainTable.OneLine(Text.Code(code.StatusCode))), Text.Count(code.Count),
                Text.Share(code.Count, scenario.Measured.Iterations.Count), Markup.Escape(PlainTable.OneLine(code.Message)));
        }

        return table;
    }
}
