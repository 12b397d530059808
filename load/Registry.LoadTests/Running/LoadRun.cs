using System.Globalization;
using System.Runtime.InteropServices;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Spectre.Console;

namespace Registry.LoadTests.Running;

/// <summary>Runs a profile: each row against a server of its own, one after the other, and says what they mean together.</summary>
/// <param name="profile">What to run.</param>
/// <param name="target">A server that runs already; null: each row starts its own.</param>
/// <param name="targetHttp">Its HTTP address.</param>
internal sealed class LoadRun(Profile profile, Uri? target, Uri? targetHttp)
{
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<RowResult>();
        foreach (var row in profile.Rows)
        {
            if (cancellationToken.IsCancellationRequested)
                break;
            AnsiConsole.MarkupLineInterpolated($"[bold]{row.Scenario}[/]: {ServerUnderLoad.NameOf(row.Server)}, {row.Clients}");
            try
            {
                rows.Add(await RunRowAsync(row, cancellationToken).ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            AnsiConsole.MarkupLineInterpolated($"  {(rows[^1].IsFlawless ? "flawless" : rows[^1].FirstFault)}");
        }

        AnsiConsole.WriteLine();
        if (rows.Count > 0)
            AnsiConsole.Write(VerdictTable.Of(rows));
        foreach (var row in rows)
            PrintFaults(row);
        if (rows.Count < profile.Rows.Count)
        {
            AnsiConsole.MarkupLine("[red]interrupted: no verdict[/]");
            return ExitCode.Broken;
        }

        var (code, reason) = Verdict.Of(rows, profile.Minimum);
        AnsiConsole.Write(new Text($"{reason} (exit {(int)code}){Environment.NewLine}", new Style(code == ExitCode.Proven ? Color.Green : Color.Red)));
        await WriteAsync(rows, reason).ConfigureAwait(false);
        return code;
    }

    private static void PrintFaults(RowResult row)
    {
        var faults = new List<string>();
        if (row.Death is { } death)
            faults.Add($"died: {death}");
        if (row.Hang is { } hang)
            faults.Add($"hung: {hang}");
        if (row.StopProblem is { } stop)
            faults.Add($"stop: {stop}");
        faults.AddRange(row.FailureExamples.Select(f => $"{f.Key}: {f.Value}"));
        faults.AddRange(row.Audit?.Examples ?? []);
        faults.AddRange(row.BrokenPromises.Take(5));
        foreach (var fault in faults)
            AnsiConsole.MarkupLineInterpolated($"[grey]{row.Server}, {row.Clients}:[/] {fault}");
    }

    private async Task<RowResult> RunRowAsync(Row row, CancellationToken cancellationToken)
    {
        var scenario = ScenarioCatalog.Find(row.Scenario)!;
        await using var server = target is null
            ? await ServerUnderLoad.StartAsync(row.Server, scenario.ServerArguments).ConfigureAwait(false)
            : await ServerUnderLoad.ConnectAsync(target, targetHttp!).ConfigureAwait(false);
        var result = await scenario.Create(server, row.Clients, profile.Options).RunAsync(cancellationToken).ConfigureAwait(false);

        // One that hangs is killed, one that died is dead; the others must end when they are told to.
        return result.Death is null && result.Hang is null ? result with { StopProblem = await server.StopAsync().ConfigureAwait(false) } : result;
    }

    private async Task WriteAsync(List<RowResult> rows, string reason)
    {
        if (profile.Options.ReportFolder is not { } folder)
            return;
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "verdict.md");
        var options = profile.Options;
        await File.WriteAllTextAsync(path, string.Create(CultureInfo.InvariantCulture, $"""
            # {profile.Name}

            {DateTimeOffset.UtcNow:yyyy-MM-dd}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors for servers and clients together;
            {options.Clients} clients, {options.Duration.TotalSeconds} s a row, {options.Interfaces} shared interfaces.

            {reason}.

            {VerdictTable.Markdown(rows)}

            """)).ConfigureAwait(false);
        AnsiConsole.MarkupLineInterpolated($"[grey]verdict written to {path}[/]");
    }
}
