using System.Globalization;
using System.Text;
using NBomber.Counting;
using NBomber.Running;

namespace NBomber.Reporting;

/// <summary>
/// RFC 4180. The columns are NBomber's, of what ended well, followed by ours. Per scenario one line for all iterations, one per step.
/// </summary>
internal static class CsvReport
{
    private const string Header =
        "test_suite,test_name,scenario,duration,step_name,request_count,ok,failed,rps,min,mean,max,50_percent,75_percent,95_percent,"
        + "99_percent,std_dev,data_transfer_min_kb,data_transfer_mean_kb,data_transfer_max_kb,data_transfer_all_mb,99.9_percent,"
        + "failed_50_percent,failed_99_percent,failed_max,interrupted";

    public static string Render(RunReport report)
    {
        var text = new StringBuilder(Header).Append("\r\n");
        foreach (var scenario in report.Scenarios)
        {
            foreach (var row in Row.Of(scenario))
                Line(text, report, scenario, row.Name, row.All);
        }

        return text.ToString();
    }

    /// <summary>
    /// Quoted where RFC 4180 asks for it. What a spreadsheet would take for a formula gets an apostrophe in front.
    /// </summary>
    public static string Escape(string value)
    {
        if (value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
            value = "'" + value;
        return value.AsSpan().IndexOfAny(",\"\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static void Line(StringBuilder text, RunReport report, ScenarioReport scenario, string step, Measurements all)
    {
        var (ok, fail, sizes) = (all.Ok.Latencies, all.Fail.Latencies, all.Ok.Sizes);
        string[] cells =
        [
            Escape(report.Test.TestSuite), Escape(report.Test.TestName), Escape(scenario.Stats.ScenarioName),
            scenario.Stats.Duration.ToString("c", CultureInfo.InvariantCulture), Escape(step),
            Whole(all.Count), Whole(all.Ok.Count), Whole(all.Fail.Count), Plain(all.Ok.Count / scenario.RatedSeconds),
            Ms(ok.Min), Ms(ok.Mean), Ms(ok.Max), Ms(ok.Percentile(50)), Ms(ok.Percentile(75)), Ms(ok.Percentile(95)), Ms(ok.Percentile(99)),
            Ms(ok.StdDev), Plain(sizes.Min / 1024.0), Plain(sizes.Mean / 1024), Plain(sizes.Max / 1024.0), Plain(sizes.Sum / 1024 / 1024),
            Ms(ok.Percentile(99.9)), Ms(fail.Percentile(50)), Ms(fail.Percentile(99)), Ms(fail.Max), report.Interrupted ? "true" : "false",
        ];
        text.AppendJoin(',', cells).Append("\r\n");
    }

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Plain(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Ms(TimeSpan latency) => Plain(latency.TotalMilliseconds);
}
