using System.Text;
using NBomber.Running;

namespace NBomber.Reporting;

/// <summary>Plain text.</summary>
internal static class TxtReport
{
    public static string Render(RunReport report)
    {
        var text = new StringBuilder();
        text.Append($"{PlainTable.OneLine(report.Test.TestSuite)} / {PlainTable.OneLine(report.Test.TestName)}\n");
        text.Append($"{Text.Outcome(report)}, {Text.Moment(report.Test.Created)} to {Text.Moment(report.Ended)}\n");
        text.Append($"session {report.Test.SessionId}\n");
        text.Append($"{report.Node.OS}, {report.Node.DotNetVersion}, {report.Node.Processor}, {report.Node.CoresCount} processors\n");
        foreach (var note in report.Notes)
            text.Append($"! {PlainTable.OneLine(note)}\n");
        foreach (var scenario in report.Scenarios)
            Scenario(text, scenario);
        return text.ToString();
    }

    private static void Scenario(StringBuilder text, ScenarioReport scenario)
    {
        var stats = scenario.Stats;
        var all = scenario.Measured.Iterations;
        text.Append($"\n{PlainTable.OneLine(stats.ScenarioName)}\n");
        text.Append($"  {Text.Count(all.Count)} attempts = {Text.Count(all.Ok.Count)} ok + {Text.Count(all.Fail.Count)} failed ");
        text.Append($"({Text.Share(all.Fail.Count, all.Count)}) in {Text.Duration(stats.Duration)}, ");
        text.Append($"{Text.Rate(stats.Ok.Request.RPS)} ok, {Text.Bytes(stats.AllBytes)}\n");
        if (scenario.StartLag is { Count: > 0 } lag)
            text.Append($"  begun late by {Text.Latency(lag.Percentile(50))} at p50, {Text.Latency(lag.Percentile(99))} at p99\n");
        text.Append('\n').Append(Measured(scenario)).Append('\n').Append(Codes(scenario));
    }

    public static PlainTable Measured(ScenarioReport scenario)
    {
        var table = new PlainTable("latency (ms)", "<>", "count", "min", "mean", "p50", "p75", "p95", "p99", "p99.9", "max", "std dev");
        foreach (var row in Row.Of(scenario))
        {
            foreach (var (kind, outcomes) in new[] { ("ok", row.All.Ok), ("fail", row.All.Fail) })
            {
                if (outcomes.Count == 0)
                    continue;
                var l = outcomes.Latencies;
                table.Add(
                    row.Name, kind, Text.Count(outcomes.Count), Text.Ms(l.Min), Text.Ms(l.Mean), Text.Ms(l.Percentile(50)),
                    Text.Ms(l.Percentile(75)), Text.Ms(l.Percentile(95)), Text.Ms(l.Percentile(99)), Text.Ms(l.Percentile(99.9)),
                    Text.Ms(l.Max), Text.Ms(l.StdDev));
            }
        }

        return table;
    }

    public static PlainTable Codes(ScenarioReport scenario)
    {
        var table = new PlainTable("status code", "<>", "count", "share", "<first message>");
        foreach (var code in scenario.Stats.Fail.StatusCodes.Concat(scenario.Stats.Ok.StatusCodes))
        {
            var message = code.Message.Length > 60 ? code.Message[..59] + "…" : code.Message;
            table.Add(
                Text.Code(code.StatusCode), code.IsError ? "fail" : "ok", Text.Count(code.Count),
                Text.Share(code.Count, scenario.Measured.Iterations.Count), message);
        }

        return table;
    }
}
