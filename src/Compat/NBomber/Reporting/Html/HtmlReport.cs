using System.Text;
using NBomber.Contracts.Stats;
using NBomber.Counting;
using NBomber.Running;

namespace NBomber.Reporting.Html;

/// <summary>One page that needs nothing else: no scripts, no fonts, nothing fetched, and a policy in it that would forbid it.</summary>
internal static class HtmlReport
{
    public static string Render(RunReport report)
    {
        var page = new StringBuilder();
        var title = Markup.Escape($"{report.Test.TestName} – {report.Test.TestSuite}");
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append("<meta name=\"color-scheme\" content=\"light dark\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append($"<title>{title}</title>\n<style>\n{HtmlStyle.Sheet}</style></head>\n<body><main>\n");
        Head(page, report);
        if (report.Scenarios.Count > 1)
            Overview(page, report);
        for (var i = 0; i < report.Scenarios.Count; i++)
            Scenario(page, report.Scenarios[i], i);
        page.Append("<footer>Latencies are measured from the real start of an iteration, to three significant digits. ");
        page.Append("Every iteration that began is counted, as ok or as failed. Rates leave pauses out.</footer>\n");
        return page.Append("</main></body></html>\n").ToString();
    }

    private static void Head(StringBuilder page, RunReport report)
    {
        var (test, node) = (report.Test, report.Node);
        var state = report.Interrupted ? "bad" : report.Notes.Count > 0 ? "warn" : "good";
        page.Append($"<header><p class=\"suite\">{Markup.Escape(test.TestSuite)}</p>");
        page.Append($"<h1>{Markup.Escape(test.TestName)} <span class=\"badge {state}\">{Text.Outcome(report)}</span></h1>\n");
        page.Append("<dl class=\"facts\">");
        Fact(page, "Began", Text.Moment(test.Created));
        Fact(page, "Took", Text.Duration(report.Ended - test.Created));
        Fact(page, "Session", test.SessionId);
        Fact(page, "Machine", $"{node.OS}, {node.Processor}, {node.CoresCount} processors");
        Fact(page, "Runtime", node.DotNetVersion);
        page.Append("</dl></header>\n");
        if (report.Notes.Count == 0)
            return;
        page.Append("<section class=\"notes\" aria-label=\"Notes\"><h2>Worth knowing</h2><ul>");
        foreach (var note in report.Notes)
            page.Append($"<li>{Markup.Escape(note)}</li>");
        page.Append("</ul></section>\n");
    }

    private static void Overview(StringBuilder page, RunReport report)
    {
        page.Append("<section><h2>All scenarios</h2>");
        Table(
            page, "All scenarios",
            ["Scenario", "Attempts", "Ok", "Failed", "Failed, share", "Ok per s", "p50, ms", "p95, ms", "p99, ms", "p99.9, ms"]);
        for (var i = 0; i < report.Scenarios.Count; i++)
        {
            var scenario = report.Scenarios[i];
            var (all, ok) = (scenario.Measured.Iterations, scenario.Measured.Iterations.Ok.Latencies);
            Cells(
                page, $"<a href=\"#s{i}\">{Markup.Escape(scenario.Stats.ScenarioName)}</a>", Text.Count(all.Count),
                Text.Count(all.Ok.Count), Failed(all.Fail.Count), Markup.Escape(Text.Share(all.Fail.Count, all.Count)),
                Text.Number(scenario.Stats.Ok.Request.RPS), Ms(ok.Count, ok.Percentile(50)), Ms(ok.Count, ok.Percentile(95)),
                Ms(ok.Count, ok.Percentile(99)), Ms(ok.Count, ok.Percentile(99.9)));
        }

        page.Append("</tbody></table></div></section>\n");
    }

    private static void Scenario(StringBuilder page, ScenarioReport scenario, int number)
    {
        var (stats, all) = (scenario.Stats, scenario.Measured.Iterations);
        var ok = all.Ok.Latencies;
        page.Append($"<section class=\"scenario\" id=\"s{number}\"><h2>{Markup.Escape(stats.ScenarioName)}</h2>\n<div class=\"tiles\">");
        Tile(page, "Attempts", Text.Count(all.Count), $"in {Text.Duration(stats.Duration)}");
        Tile(page, "Ok", Text.Count(all.Ok.Count), Text.Rate(stats.Ok.Request.RPS));
        Tile(page, "Failed", Text.Count(all.Fail.Count), Text.Share(all.Fail.Count, all.Count), all.Fail.Count > 0 ? "bad" : "");
        Tile(page, "p50", Latency(ok.Count, ok.Percentile(50)), $"mean {Latency(ok.Count, ok.Mean)}");
        Tile(page, "p99", Latency(ok.Count, ok.Percentile(99)), $"p95 {Latency(ok.Count, ok.Percentile(95))}");
        Tile(page, "p99.9", Latency(ok.Count, ok.Percentile(99.9)), $"max {Latency(ok.Count, ok.Max)}");
        page.Append("</div>\n<div class=\"charts\">");
        page.Append(Charts.Throughput(scenario)).Append(Charts.LatencyOverTime(scenario));
        page.Append(Charts.Percentiles(scenario)).Append(Charts.Errors(scenario)).Append("</div>\n");
        Latencies(page, scenario);
        Codes(page, scenario);
        Transfer(page, scenario);
        if (scenario.StartLag is { Count: > 0 } lag)
        {
            page.Append($"<p class=\"aside\">Iterations began later than planned by {Text.Latency(lag.Percentile(50))} at p50, ");
            page.Append($"{Text.Latency(lag.Percentile(99))} at p99 and {Text.Latency(lag.Max)} at most.</p>\n");
        }

        page.Append("</section>\n");
    }

    private static void Latencies(StringBuilder page, ScenarioReport scenario)
    {
        page.Append("<h3>Latency</h3>");
        Table(
            page, "Latency",
            ["Step", "", "Count", "Per s", "Min, ms", "Mean, ms", "p50, ms", "p75, ms", "p95, ms", "p99, ms", "p99.9, ms", "Max, ms"]);
        foreach (var row in Row.Of(scenario))
        {
            Latencies(page, row.Name, "ok", row.All.Ok, scenario.RatedSeconds);
            Latencies(page, row.Name, "failed", row.All.Fail, scenario.RatedSeconds);
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Latencies(StringBuilder page, string name, string kind, Outcomes outcomes, double seconds)
    {
        if (outcomes.Count == 0)
            return;
        var l = outcomes.Latencies;
        Cells(
            page, Markup.Escape(name), $"<span class=\"kind {(kind == "ok" ? "ok" : "fail")}\">{kind}</span>", Text.Count(outcomes.Count),
            Text.Number(outcomes.Count / seconds), Text.Ms(l.Min), Text.Ms(l.Mean), Text.Ms(l.Percentile(50)), Text.Ms(l.Percentile(75)),
            Text.Ms(l.Percentile(95)), Text.Ms(l.Percentile(99)), Text.Ms(l.Percentile(99.9)), Text.Ms(l.Max));
    }

    private static void Codes(StringBuilder page, ScenarioReport scenario)
    {
        StatusCodeStats[] codes = [.. scenario.Stats.Fail.StatusCodes, .. scenario.Stats.Ok.StatusCodes];
        if (codes.Length == 0)
            return;
        page.Append("<h3>Outcomes by status code</h3>");
        Table(page, "Outcomes by status code", ["Status code", "", "Count", "Share", "First message"], "codes");
        foreach (var code in codes)
        {
            Cells(
                page, Markup.Escape(Text.Code(code.StatusCode)),
                $"<span class=\"kind {(code.IsError ? "fail" : "ok")}\">{(code.IsError ? "failed" : "ok")}</span>", Text.Count(code.Count),
                Markup.Escape(Text.Share(code.Count, scenario.Measured.Iterations.Count)), Markup.Escape(code.Message));
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Transfer(StringBuilder page, ScenarioReport scenario)
    {
        var rows = Row.Of(scenario).Where(row => row.All.Ok.Sizes.Max > 0).ToList();
        if (rows.Count == 0)
            return;
        page.Append("<h3>Data transferred by what ended well</h3>");
        Table(page, "Data transferred", ["Step", "Min", "Mean", "p50", "p95", "p99", "Max", "All"]);
        foreach (var row in rows)
        {
            var s = row.All.Ok.Sizes;
            Cells(
                page, Markup.Escape(row.Name), Text.Bytes(s.Min), Text.Bytes(s.Mean), Text.Bytes(s.Percentile(50)),
                Text.Bytes(s.Percentile(95)), Text.Bytes(s.Percentile(99)), Text.Bytes(s.Max), Text.Bytes(s.Sum));
        }

        page.Append("</tbody></table></div>\n");
    }

    private static string Ms(long count, TimeSpan latency) => count == 0 ? "–" : Text.Ms(latency);

    private static string Latency(long count, TimeSpan latency) => count == 0 ? "–" : Text.Latency(latency);

    private static string Failed(long count) => count == 0 ? "0" : $"<strong class=\"bad\">{Text.Count(count)}</strong>";

    private static void Fact(StringBuilder page, string name, string value) =>
        page.Append($"<div><dt>{name}</dt><dd>{Markup.Escape(value)}</dd></div>");

    private static void Tile(StringBuilder page, string name, string value, string aside, string style = "")
    {
        page.Append($"<div class=\"tile {style}\"><span>{name}</span><strong>{Markup.Escape(value)}</strong>");
        page.Append($"<small>{Markup.Escape(aside)}</small></div>");
    }

    // The region can be scrolled sideways on a small screen, so it has to be reachable with the keyboard.
    private static void Table(StringBuilder page, string name, string[] header, string style = "")
    {
        page.Append($"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{Markup.Escape(name)}\">");
        page.Append($"<table class=\"{style}\"><thead><tr>");
        foreach (var cell in header)
            page.Append(cell.Length == 0 ? "<td></td>" : $"<th scope=\"col\">{Markup.Escape(cell)}</th>");
        page.Append("</tr></thead><tbody>\n");
    }

    // The cells are markup already.
    private static void Cells(StringBuilder page, params string[] cells)
    {
        page.Append($"<tr><th scope=\"row\">{cells[0]}</th>");
        foreach (var cell in cells.Skip(1))
            page.Append($"<td>{cell}</td>");
        page.Append("</tr>\n");
    }
}
