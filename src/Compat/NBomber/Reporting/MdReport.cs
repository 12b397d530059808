using System.Text;
using NBomber.Running;

namespace NBomber.Reporting;

/// <summary>Markdown.</summary>
internal static class MdReport
{
    public static string Render(RunReport report)
    {
        var text = new StringBuilder();
        text.Append($"# {Escape(report.Test.TestSuite)} / {Escape(report.Test.TestName)}\n\n");
        text.Append($"**{Text.Outcome(report)}**, {Text.Moment(report.Test.Created)} to {Text.Moment(report.Ended)}, ");
        text.Append($"session {Escape(report.Test.SessionId)}. {Escape(report.Node.OS)}, {Escape(report.Node.DotNetVersion)}, ");
        text.Append($"{report.Node.CoresCount} processors.\n");
        if (report.Notes.Count > 0)
            text.Append('\n');
        foreach (var note in report.Notes)
            text.Append($"* {Escape(note)}\n");
        foreach (var scenario in report.Scenarios)
            Scenario(text, scenario);
        return text.ToString();
    }

    // What Markdown, or HTML inside it, would take for more than text.
    public static string Escape(string value)
    {
        var text = new StringBuilder(value.Length + 8);
        foreach (var c in value)
        {
            if (c is '<')
                text.Append("&lt;");
            else if (c is '>')
                text.Append("&gt;");
            else if (c is '&')
                text.Append("&amp;");
            else if (char.IsControl(c))
                text.Append(' ');
            else if (c is '\\' or '|' or '*' or '_' or '`' or '[' or ']' or '#' or '~' or '!')
                text.Append('\\').Append(c);
            else
                text.Append(c);
        }

        return text.ToString();
    }

    private static void Scenario(StringBuilder text, ScenarioReport scenario)
    {
        var all = scenario.Measured.Iterations;
        text.Append($"\n## {Escape(scenario.Stats.ScenarioName)}\n\n");
        text.Append($"{Text.Count(all.Count)} attempts = {Text.Count(all.Ok.Count)} ok + {Text.Count(all.Fail.Count)} failed ");
        text.Append($"({Text.Share(all.Fail.Count, all.Count)}) in {Text.Duration(scenario.Stats.Duration)}, ");
        text.Append($"{Text.Rate(scenario.Stats.Ok.Request.RPS)} ok, {Text.Bytes(scenario.Stats.AllBytes)}.\n\n");

        Line(text, "Latency (ms)", "", "Count", "Min", "Mean", "p50", "p75", "p95", "p99", "p99.9", "Max", "Std dev");
        text.Append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        foreach (var row in Row.Of(scenario))
        {
            foreach (var (kind, outcomes) in new[] { ("ok", row.All.Ok), ("fail", row.All.Fail) })
            {
                if (outcomes.Count == 0)
                    continue;
                var l = outcomes.Latencies;
                Line(
                    text, Escape(row.Name), kind, Text.Count(outcomes.Count), Text.Ms(l.Min), Text.Ms(l.Mean), Text.Ms(l.Percentile(50)),
                    Text.Ms(l.Percentile(75)), Text.Ms(l.Percentile(95)), Text.Ms(l.Percentile(99)), Text.Ms(l.Percentile(99.9)),
                    Text.Ms(l.Max), Text.Ms(l.StdDev));
            }
        }

        text.Append('\n');
        Line(text, "Status code", "", "Count", "Share", "First message");
        text.Append("|---|---|--:|--:|---|\n");
        foreach (var code in scenario.Stats.Fail.StatusCodes.Concat(scenario.Stats.Ok.StatusCodes))
        {
            Line(
                text, Escape(Text.Code(code.StatusCode)), code.IsError ? "fail" : "ok", Text.Count(code.Count),
                Text.Share(code.Count, all.Count), Escape(code.Message));
        }
    }

    private static void Line(StringBuilder text, params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
