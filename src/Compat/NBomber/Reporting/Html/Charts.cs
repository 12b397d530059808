using NBomber.Counting;
using NBomber.Running;

namespace NBomber.Reporting.Html;

/// <summary>The charts of a scenario.</summary>
internal static class Charts
{
    private const int MostKinds = 6;
    private const string Others = "others";

    public static string Throughput(ScenarioReport scenario)
    {
        var points = scenario.Timeline;
        var end = EndOf(points);
        double Ok(TimelinePoint p) => p.Ok / Seconds(p);
        double Fail(TimelinePoint p) => p.Fail / Seconds(p);
        var (highest, any) = (points.Select(p => Math.Max(Ok(p), Fail(p))).DefaultIfEmpty().Max(), points.Any(p => p.Fail > 0));
        var summary = $"At most {Text.Rate(points.Select(Ok).DefaultIfEmpty().Max())} ok"
            + (any ? $" and {Text.Rate(points.Select(Fail).Max())} failed" : ", nothing failed");
        var plot = new Plot("Throughput over time", summary, highest, "per s");
        TimeAxis(plot, end);
        var ok = points.Select(p => (Middle(p, end), Ok(p))).ToList();
        plot.Area("ok", ok);
        plot.Line("ok", ok.Select(p => (p.Item1, (double?)p.Item2)));
        if (any)
            plot.Line("fail", points.Select(p => (Middle(p, end), (double?)Fail(p))));
        Hints(plot, points, end, p => $"{Text.Rate(Ok(p))} ok, {Text.Rate(Fail(p))} failed");
        return Figure("Throughput over time", summary, plot, any ? [("ok", "ok"), ("fail", "failed")] : [("ok", "ok")]);
    }

    public static string LatencyOverTime(ScenarioReport scenario)
    {
        var points = scenario.Timeline;
        var end = EndOf(points);
        var highest = points.Max(p => p.Percent99) ?? TimeSpan.Zero;
        var (unit, factor) = UnitFor(highest);
        double? In(TimeSpan? latency) => latency?.TotalMilliseconds * factor;
        var summary = points.Any(p => p.Percent99 is not null)
            ? $"The highest p99 of an interval is {Text.Latency(highest)}"
            : "Nothing ended well";
        var plot = new Plot("Latency over time", summary, In(highest) ?? 0, unit);
        TimeAxis(plot, end);
        plot.Line("p99", points.Select(p => (Middle(p, end), In(p.Percent99))));
        plot.Line("p95", points.Select(p => (Middle(p, end), In(p.Percent95))));
        plot.Line("p50", points.Select(p => (Middle(p, end), In(p.Percent50))));
        Hints(plot, points, end, p => p is { Percent50: { } p50, Percent95: { } p95, Percent99: { } p99 }
            ? $"p50 {Text.Latency(p50)}, p95 {Text.Latency(p95)}, p99 {Text.Latency(p99)}"
            : "nothing ended well");
        return Figure("Latency over time", summary, plot, [("p50", "p50"), ("p95", "p95"), ("p99", "p99")]);
    }

    // The axis is logarithmic in what is left out: from p99 to p99.9 it is as far as from p90 to p99.
    public static string Percentiles(ScenarioReport scenario)
    {
        var (ok, fail) = (scenario.Measured.Iterations.Ok.Latencies, scenario.Measured.Iterations.Fail.Latencies);
        var count = Math.Max(ok.Count, fail.Count);
        var nines = Math.Clamp(Math.Log10(Math.Max(1, count)), 2, 5);
        var highest = TimeSpan.FromTicks(Math.Max(ok.Max.Ticks, fail.Max.Ticks));
        var (unit, factor) = UnitFor(highest);
        var summary = ok.Count > 0
            ? $"p50 {Text.Latency(ok.Percentile(50))}, p99 {Text.Latency(ok.Percentile(99))}, p99.9 {Text.Latency(ok.Percentile(99.9))}, "
                + $"at most {Text.Latency(ok.Max)}"
            : "Nothing ended well";
        var plot = new Plot("Latency by percentile", summary, highest.TotalMilliseconds * factor, unit);
        foreach (var (percentile, label) in (ReadOnlySpan<(double, string)>)
            [(50, "p50"), (90, "p90"), (99, "p99"), (99.9, "p99.9"), (99.99, "p99.99"), (99.999, "p99.999")])
        {
            var share = -Math.Log10(1 - (percentile / 100)) / nines;
            if (share > 1.001)
                break;
            plot.XGrid(share);
            plot.XTick(share, label);
        }

        const int steps = 120;
        foreach (var (style, latencies) in new[] { ("ok", ok), ("fail", fail) })
        {
            if (latencies.Count == 0)
                continue;

            // No further than there are values: the 99.9th percentile of a hundred is only the largest once more.
            var own = Math.Min(1, Math.Log10(latencies.Count) / nines);
            plot.Line(style, Enumerable.Range(0, steps + 1).Select(i => own * i / steps).Select(share =>
                (share, (double?)latencies.Percentile(100 * (1 - Math.Pow(10, -share * nines))).TotalMilliseconds * factor)));
        }

        for (var i = 0; i < steps; i += 2)
        {
            var (from, to) = ((double)i / steps, (double)(i + 2) / steps);
            var percentile = 100 * (1 - Math.Pow(10, -(from + to) / 2 * nines));
            var text = ok.Count > 0 ? $"p{percentile:0.####}: {Text.Latency(ok.Percentile(percentile))} ok" : $"p{percentile:0.####}";
            plot.Hint(from, to, fail.Count > 0 ? $"{text}, {Text.Latency(fail.Percentile(percentile))} failed" : text);
        }

        return Figure(
            "Latency by percentile", summary, plot,
            new[] { (Style: "ok", Label: "ok", ok.Count), (Style: "fail", Label: "failed", fail.Count) }
                .Where(line => line.Count > 0).Select(line => (line.Style, line.Label)));
    }

    public static string Errors(ScenarioReport scenario)
    {
        var points = scenario.Timeline;
        var codes = scenario.Stats.Fail.StatusCodes;
        if (codes.Length == 0)
            return "";
        var end = EndOf(points);
        var kinds = codes.Take(codes.Length > MostKinds ? MostKinds - 1 : MostKinds).Select(code => code.StatusCode).ToList();
        var highest = points.Select(p => p.Fail / Seconds(p)).DefaultIfEmpty().Max();
        var summary = string.Join(", ", codes.Take(3).Select(code => $"{Text.Code(code.StatusCode)}: {Text.Count(code.Count)}"))
            + (codes.Length > 3 ? $" and {codes.Length - 3} more kinds" : "");
        var plot = new Plot("Errors by kind over time", summary, highest, "per s");
        TimeAxis(plot, end);
        foreach (var p in points.Where(p => p.Fail > 0))
        {
            var bottom = 0.0;
            for (var i = 0; i <= kinds.Count; i++)
            {
                var count = i < kinds.Count
                    ? p.FailByCode.GetValueOrDefault(kinds[i])
                    : p.FailByCode.Where(code => !kinds.Contains(code.Key)).Sum(code => code.Value);
                if (count == 0)
                    continue;
                var top = bottom + (count / Seconds(p));
                plot.Bar($"k{i}", p.Start / end, p.End / end, bottom, top);
                bottom = top;
            }
        }

        Hints(plot, points, end, p => p.Fail == 0 ? "no errors" : string.Join(
            ", ", p.FailByCode.OrderByDescending(code => code.Value).Take(MostKinds)
                .Select(code => $"{Text.Code(code.Key)}: {Text.Count(code.Value)}")));
        var legend = kinds.Select((kind, i) => ($"k{i}", Text.Code(kind))).ToList();
        if (codes.Length > kinds.Count)
            legend.Add(($"k{kinds.Count}", Others));
        return Figure("Errors by kind over time", summary, plot, legend);
    }

    private static string Figure(string title, string summary, Plot plot, IEnumerable<(string Style, string Label)> legend) =>
        $"<figure><figcaption><h3>{title}</h3><p>{Markup.Escape(summary)}</p></figcaption>{plot}<ul class=\"legend\">"
        + string.Concat(legend.Select(l => $"<li><i class=\"{l.Style}\" aria-hidden=\"true\"></i>{Markup.Escape(l.Label)}</li>"))
        + "</ul></figure>\n";

    private static TimeSpan EndOf(IReadOnlyList<TimelinePoint> points) => points.Count == 0 ? TimeSpan.FromSeconds(1) : points[^1].End;

    private static double Seconds(TimelinePoint point) => Math.Max(point.Width.TotalSeconds, 0.001);

    private static double Middle(TimelinePoint point, TimeSpan end) => (point.Start + (point.Width / 2)) / end;

    private static (string Unit, double Factor) UnitFor(TimeSpan highest) => highest switch
    {
        _ when highest > TimeSpan.Zero && highest < TimeSpan.FromMilliseconds(1) => ("µs", 1000),
        _ when highest >= TimeSpan.FromSeconds(10) => ("s", 0.001),
        _ => ("ms", 1),
    };

    private static void TimeAxis(Plot plot, TimeSpan end)
    {
        var (unit, factor) = end.TotalSeconds switch
        {
            < 180 => ("s", 1.0),
            < 10_800 => ("min", 60.0),
            _ => ("h", 3600.0),
        };
        var length = end.TotalSeconds / factor;
        var scale = new Scale(length, 1, 5);
        foreach (var tick in scale.Ticks.Where(tick => tick <= length * 1.001))
            plot.XTick(tick / length, $"{Text.Tick(tick, scale.Step)} {unit}");
    }

    private static void Hints(Plot plot, IReadOnlyList<TimelinePoint> points, TimeSpan end, Func<TimelinePoint, string> text)
    {
        foreach (var p in points)
            plot.Hint(p.Start / end, p.End / end, $"{Text.Duration(p.Start)} to {Text.Duration(p.End)}: {text(p)}");
    }
}
