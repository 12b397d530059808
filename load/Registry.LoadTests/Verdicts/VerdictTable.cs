using System.Globalization;
using Registry.LoadTests.Running;
using Spectre.Console;

namespace Registry.LoadTests.Verdicts;

/// <summary>Rows side by side, for people.</summary>
internal static class VerdictTable
{
    /// <summary>A column a row, a line a property.</summary>
    public static Table Of(IReadOnlyList<RowResult> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("");
        foreach (var row in rows)
            table.AddColumn(new TableColumn(Markup.Escape($"{row.Scenario}\n{row.Server}\n{row.Clients}")).RightAligned());
        foreach (var (name, value) in Lines)
            table.AddRow([new Text(name), .. rows.Select(row => new Text(value(row)))]);
        foreach (var kind in rows.SelectMany(r => r.Outcomes.FailedByKind.Keys).Distinct().Order(StringComparer.Ordinal))
            table.AddRow([new Text($"  failed: {kind}"), .. rows.Select(row => new Text(Count(row.Outcomes.FailedByKind.GetValueOrDefault(kind))))]);
        foreach (var figure in rows.SelectMany(r => r.Figures).Select(f => f.Name).Distinct())
            table.AddRow([new Text(figure), .. rows.Select(row => new Text(FigureOf(row, figure)))]);
        table.AddEmptyRow();
        table.AddRow([new Text("verdict"), .. rows.Select(row => (Spectre.Console.Rendering.IRenderable)new Markup(row.IsFlawless ? "[green]flawless[/]" : "[red]FAILED[/]"))]);
        return table;
    }

    /// <summary>The same as Markdown.</summary>
    public static string Markdown(IReadOnlyList<RowResult> rows)
    {
        var lines = new List<string>
        {
            $"| | {string.Join(" | ", rows.Select(r => $"{r.Scenario}: {r.Server}, {r.Clients}"))} |",
            $"| --- |{string.Concat(rows.Select(_ => " ---: |"))}",
        };
        lines.AddRange(Lines.Select(line => $"| {line.Name} | {string.Join(" | ", rows.Select(line.Value))} |"));
        foreach (var kind in rows.SelectMany(r => r.Outcomes.FailedByKind.Keys).Distinct().Order(StringComparer.Ordinal))
            lines.Add($"| failed: {kind} | {string.Join(" | ", rows.Select(r => Count(r.Outcomes.FailedByKind.GetValueOrDefault(kind))))} |");
        foreach (var figure in rows.SelectMany(r => r.Figures).Select(f => f.Name).Distinct())
            lines.Add($"| {figure} | {string.Join(" | ", rows.Select(row => FigureOf(row, figure)))} |");
        lines.Add($"| verdict | {string.Join(" | ", rows.Select(r => r.IsFlawless ? "flawless" : "**FAILED**"))} |");
        return string.Join(Environment.NewLine, lines);
    }

    private static (string Name, Func<RowResult, string> Value)[] Lines { get; } =
    [
        ("attempts", row => Count(row.Outcomes.Begun)),
        ("attempts per second", row => Count((long)(row.Outcomes.Begun / Math.Max(1, row.Duration.TotalSeconds)))),
        ("succeeded", row => Count(row.Outcomes.Ok)),
        ("failed by the server", row => Count(row.Failures)),
        ("failed by the generator", row => Count(row.GeneratorFailures)),
        ("died", row => row.Death is null ? "no" : "YES"),
        ("hung", row => row.Hang is null ? "no" : "YES"),
        ("lost mappings", row => Count(row.Audit?.LostMappings)),
        ("lost instances", row => Count(row.Audit?.LostInstances)),
        ("lost updates", row => Count(row.Audit?.LostUpdates)),
        ("ghosts", row => Count(row.Audit?.Ghosts)),
        ("left behind", row => Count(row.Audit?.LeftBehind)),
        ("watches checked", row => Count(row.CheckedWatches)),
        ("promises broken", row => Count(row.BrokenPromises.Count)),
        ("concurrent registrations", row => Count(row.PeakRegistrations)),
        ("connections at the server", row => Count(row.PeakConnections)),
        ("p50", row => Millis(row, 50)),
        ("p95", row => Millis(row, 95)),
        ("p99", row => Millis(row, 99)),
        ("p99.9", row => Millis(row, 99.9)),
    ];

    private static string FigureOf(RowResult row, string name) => row.Figures.FirstOrDefault(f => f.Name == name).Value ?? "";

    private static string Count(long? count) => count is { } known ? known.ToString("#,0", CultureInfo.InvariantCulture) : "?";

    private static string Millis(RowResult row, double percentile) =>
        row.Latency.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{row.Latency.Percentile(percentile).TotalMilliseconds:#,0.0} ms");
}
