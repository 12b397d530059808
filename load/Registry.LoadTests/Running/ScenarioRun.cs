using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Registry.LoadMeasuring;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Running;

/// <summary>
/// One scenario against one server: prepare, load by NBomber, judge. What an attempt is, and what must hold afterwards, is the
/// scenario's; that attempts are counted exactly, that a server which is gone ends the run at once with a named cause, and that
/// every run ends, is here. Run once.
/// </summary>
internal abstract class ScenarioRun(ServerUnderLoad server, string name, string clients, LoadOptions options)
{
    private readonly OutcomeCounters _outcomes = new();
    private readonly LatencyRecorder _latency = new();

    /// <summary>The server.</summary>
    protected ServerUnderLoad Server { get; } = server;

    /// <summary>How much load.</summary>
    protected LoadOptions Options { get; } = options;

    /// <summary>What NBomber is told; default: as many at the same time as there are clients.</summary>
    protected virtual LoadSimulation[] Load => [Simulation.KeepConstant(copies: Options.Clients, during: Options.Duration)];

    /// <summary>Runs the load, and audits the server afterwards.</summary>
    public async Task<RowResult> RunAsync()
    {
        if (await TryPrepareAsync().ConfigureAwait(false) is { } notReady)
            return Result(TimeSpan.Zero) with { Hang = notReady };
        await using var watchdog = new Watchdog(Server, Options.HangAfter);
        var start = TimeProvider.System.GetTimestamp();
        await Task.Run(() => Runner(watchdog).Run()).ConfigureAwait(false);
        var duration = TimeProvider.System.GetElapsedTime(start);
        await watchdog.LookAsync().ConfigureAwait(false);
        return await JudgeAsync(watchdog, duration).ConfigureAwait(false);
    }

    /// <summary>Before the load; not counted.</summary>
    protected abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>One attempt. Throws what went wrong.</summary>
    protected abstract Task AttemptAsync(CancellationToken cancellationToken);

    /// <summary>After the load, with the server alive: what it has lost.</summary>
    protected abstract Task<AuditResult> AuditAsync(CancellationToken cancellationToken);

    /// <summary>After the audit: adds what this scenario knows beside it.</summary>
    protected virtual Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken) => Task.FromResult(result);

    private static string FileNameOf(string name) => new([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' ? c : '-')]);

    private NBomberContext Runner(Watchdog watchdog)
    {
        var scenario = Scenario.Create(name, async context =>
            {
                if (watchdog.Gone.IsCancellationRequested)
                {
                    context.StopCurrentTest(watchdog.Death ?? watchdog.Hang ?? "the server is gone");
                    return Response.Fail(statusCode: "ServerGone");
                }

                var failure = await TryAsync(watchdog.Gone).ConfigureAwait(false);
                return failure is null ? Response.Ok() : Response.Fail(statusCode: failure.Kind.ToString(), message: failure.Message);
            })
            .WithoutWarmUp()
            .WithMaxFailCount(int.MaxValue)
            .WithLoadSimulations(Load);
        var runner = NBomberRunner.RegisterScenarios(scenario)
            .WithTestSuite("Registry")
            .WithTestName($"{name}: {Server.Name}, {clients}");
        runner = Options.ReportFolder is { } folder
            ? runner
                .WithReportFolder(Path.Combine(folder, FileNameOf($"{name}-{Server.Name}-{clients}")))
                .WithReportFileName("report")
                .WithReportFormats(ReportFormat.Txt, ReportFormat.Md, ReportFormat.Csv, ReportFormat.Html)
            : runner.WithoutReports();
        return Options.Config is { } config ? runner.LoadConfig(config) : runner;
    }

    private RowResult Result(TimeSpan duration) => new()
    {
        Scenario = name,
        Server = Server.Name,
        Clients = clients,
        Outcomes = _outcomes.Totals(),
        Latency = _latency.Snapshot(),
        Duration = duration,
    };

    private async Task<string?> TryPrepareAsync()
    {
        using var patience = new CancellationTokenSource(Options.Patience);
        try
        {
            await PrepareAsync(patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (LoadException failure)
        {
            return $"before the load: {failure.Kind}: {failure.Message}";
        }
        catch (OperationCanceledException)
        {
            return $"before the load: not ready in {Options.Patience.TotalSeconds} s";
        }
    }

    private async Task<LoadException?> TryAsync(CancellationToken gone)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(gone);
        patience.CancelAfter(Options.Patience);
        _outcomes.Begin();
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            await AttemptAsync(patience.Token).ConfigureAwait(false);
            _latency.Record(TimeProvider.System.GetElapsedTime(start));
            _outcomes.Ok();
            return null;
        }
        catch (Exception failure)
        {
            var known = failure as LoadException ?? (failure is OperationCanceledException
                ? new LoadException(FailureKind.TimedOut, gone.IsCancellationRequested ? "the server is gone" : $"not done in {Options.Patience.TotalSeconds} s")
                : new LoadException(FailureKind.WrongAnswer, $"{failure.GetType().Name}: {failure.Message}"));
            _outcomes.Fail(known.Kind.ToString());
            return known;
        }
    }

    private async Task<RowResult> JudgeAsync(Watchdog watchdog, TimeSpan duration)
    {
        var result = Result(duration) with
        {
            PeakConnections = watchdog.PeakConnections,
            Death = watchdog.Death,
            Hang = watchdog.Death is null ? watchdog.Hang : null,
        };
        if (watchdog.Gone.IsCancellationRequested)
            return result;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            return await CompleteAsync(result with { Audit = await AuditAsync(patience.Token).ConfigureAwait(false) }, patience.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException)
        {
            return result with { Hang = $"the audit was not answered: {failure.Message}" };
        }
    }
}
