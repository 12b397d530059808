using System.Globalization;
using Registry.LoadTests.Verdicts;
using Spectre.Console;

namespace Registry.LoadTests.Siblings.Running;

/// <summary>Runs all reproductions, one after the other, and prints them side by side.</summary>
internal static class SiblingRun
{
    private const int MaxTwinRounds = 1_000;
    private const int MinRounds = 20;
    private const int MaxRounds = 500;
    private const int Width = 150;

    private static readonly TimeSpan TwinPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OursDuration = TimeSpan.FromMilliseconds(700);

    private static IReadOnlyList<Sibling> All { get; } =
    [
        AgonesCounters.PlainMap, AgonesCounters.CopiedCount,
        FlyteGetOrCreate.TwoLevels, FlyteGetOrCreate.OneCell,
        ZoraxyLookupCache.Swapped, ZoraxyLookupCache.Unbounded,
        FranzRetryCounter.OutsideTheLock,
    ];

    /// <summary>Runs them.</summary>
    public static ExitCode Run(CancellationToken cancellationToken)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = Width;
        var results = new List<SiblingResult>();
        try
        {
            foreach (var sibling in All)
                results.Add(Run(sibling, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.MarkupLine("[red]interrupted: no verdict[/]");
            return ExitCode.Broken;
        }
        catch (BrokenReproductionException broken)
        {
            var sibling = All[results.Count];
            AnsiConsole.MarkupLineInterpolated($"[red]{sibling.Seed}, {sibling.Mistake}: {broken.Message}: no verdict[/]");
            return ExitCode.Broken;
        }

        Print(results);
        var (code, reason) = SiblingResult.Together(results);
        var color = code == ExitCode.Proven ? Color.Green : Color.Red;
        AnsiConsole.Write(new Text($"{reason} (exit {(int)code}){Environment.NewLine}", new Style(color)));
        return code;
    }

    private static SiblingResult Run(Sibling sibling, CancellationToken cancellationToken)
    {
        var twin = Trial.UntilFailure(sibling.Twin, MaxTwinRounds, TwinPatience, cancellationToken);
        var ours = Trial.For(sibling.Ours.Round, Math.Max(MinRounds, twin.Rounds), Math.Max(MaxRounds, twin.Rounds), OursDuration, cancellationToken);
        return new SiblingResult(sibling, twin, ours);
    }

    private static void Print(List<SiblingResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("seed", "mistake", "the twin failed", "ours")
            .AddColumn(new TableColumn("rounds").RightAligned())
            .AddColumn(new TableColumn("failures").RightAligned())
            .AddColumn("verdict");

        // The main seed needs a server, and has a command of its own.
        Add(table, "dubbo-go", "plain map written by all requests", "--profile reproduce or ci", "the server", "", "", "by that command");
        foreach (var result in results)
        {
            Add(
                table,
                result.Sibling.Seed,
                result.Sibling.Mistake,
                $"{(result.Twin.Failed > 0 ? "in round" : "in no round of")} {Number(result.Twin.Rounds)}",
                result.Sibling.Ours.Type,
                Number(result.Ours.Rounds),
                Number(result.Ours.Failed),
                result.Verdict);
        }

        AnsiConsole.Write(table);
        foreach (var result in results)
        {
            Say(result, "twin", result.Twin.FirstFailure ?? "nothing went wrong");
            if (result.Ours.FirstFailure is { } failure)
                Say(result, "OURS", failure);
        }

        foreach (var (seed, rule) in results.Select(r => (r.Sibling.Seed, r.Sibling.Rule)).Distinct())
            AnsiConsole.Write(new Text($"{seed}: rule: {rule}{Environment.NewLine}"));
    }

    private static void Say(SiblingResult result, string what, string text) =>
        AnsiConsole.Write(new Text($"{result.Sibling.Seed}, {result.Sibling.Mistake}: {what}: {text}{Environment.NewLine}"));

    private static void Add(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private static string Number(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
