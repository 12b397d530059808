using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Registry.LoadMeasuring;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Spectre.Console;

namespace Registry.LoadTests.Running;

/// <summary>
/// One scenario against one server: prepare, load by NBomber, judge. What an attempt is, and what must hold afterwards, is the
/// scenario's; that attempts are counted exactly, that a server which is gone ends the run at once with a named cause, and that
/// every run ends, is here. Run once.
/// </summary>
internal abstract class ScenarioRun(ServerUnderLoad server, string name, string clients, LoadOptions options) : IAsyncDisposable
{
    // What an audit's own reads may take.
    private static readonly TimeSpan AuditPatience = TimeSpan.FromMinutes(3);

    // Longer than that, somebody who looks at the terminal wants to know what is being waited for.
    private static readonly TimeSpan NoticeableWait = TimeSpan.FromMinutes(2);

    private readonly OutcomeCounters _outcomes = new();
    private readonly ConcurrentDictionary<string, string> _examples = new(StringComparer.Ordinal);
    private readonly LatencyRecorder _latency = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _interrupted;

    /// <summary>Completes when the first attempt has begun; never, if it does not come to that.</summary>
    public Task Begun => _begun.Task;

    /// <summary>The server.</summary>
    protected ServerUnderLoad Server { get; } = server;

    /// <summary>How much load.</summary>
    protected LoadOptions Options { get; } = options;

    /// <summary>The server's status before anything was done to it.</summary>
    protected JsonNode Before { get; private set; } = new JsonObject();

    /// <summary>The epoch of the server at that time.</summary>
    protected string Epoch => (string)Before["epoch"]!;

    /// <summary>What NBomber is told; default: as many at the same time as there are clients.</summary>
    protected virtual LoadSimulation[] Load => [Simulation.KeepConstant(copies: Options.Clients, during: Options.Duration)];

    /// <summary>How long the audit may wait for the server to come to rest, beside the time that its reads take.</summary>
    protected virtual TimeSpan AuditWaits => TimeSpan.Zero;

    /// <summary>An audit that takes longer was not answered.</summary>
    internal TimeSpan AuditLimit => AuditPatience + AuditWaits;

    /// <summary>There is nothing left to attempt: the load ends before its time.</summary>
    protected virtual bool IsDone => false;

    /// <summary>Runs the load, and audits the server afterwards.</summary>
    /// <param name="interrupted">Ends the load at once; there is no verdict then.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public async Task<RowResult> RunAsync(CancellationToken interrupted)
    {
        _interrupted = interrupted;
        await using var scope = this.ConfigureAwait(false);
        if (await TryPrepareAsync().ConfigureAwait(false) is { } notReady)
            return await NotReadyAsync(notReady).ConfigureAwait(false);
        await using var watchdog = new Watchdog(Server, Options.HangAfter, ServerUnderLoad.StopPatience, Sampled);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(watchdog.Gone, interrupted);
        var start = TimeProvider.System.GetTimestamp();
        await Task.Run(() => Runner(watchdog, ended.Token).Run(), CancellationToken.None).ConfigureAwait(false);
        var duration = TimeProvider.System.GetElapsedTime(start);
        interrupted.ThrowIfCancellationRequested();
        await watchdog.SettleAsync(interrupted).ConfigureAwait(false);
        interrupted.ThrowIfCancellationRequested();
        return await JudgeAsync(watchdog, duration).ConfigureAwait(false);
    }

    /// <summary>Lets go of what the scenario still holds, whatever became of it.</summary>
    public virtual ValueTask DisposeAsync() => default;

    /// <summary>Gets each status that the server gives while it is under load; not two at a time.</summary>
    protected virtual void Sampled(JsonNode status)
    {
    }

    /// <summary>
    /// Before the load. Not counted, unless it fails: then it was the one attempt that there was.
    /// </summary>
    protected abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>One attempt. Throws what went wrong.</summary>
    protected abstract Task AttemptAsync(CancellationToken cancellationToken);

    /// <summary>After the load, with the server alive: what it has lost.</summary>
    protected abstract Task<AuditResult> AuditAsync(CancellationToken cancellationToken);

    /// <summary>After the audit: adds what this scenario knows beside it.</summary>
    protected virtual Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken) => Task.FromResult(result);

    private static string FileNameOf(string name) => new([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' ? c : '-')]);

    /// <summary>An attempt outside the load: counted as one of it.</summary>
    protected async Task<bool> CountAsync(Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) =>
        await TryAsync(attempt, cancellationToken).ConfigureAwait(false) is null;

    private NBomberContext Runner(Watchdog watchdog, CancellationToken ended)
    {
        var scenario = Scenario.Create(name, async context =>
            {
                if (watchdog.Gone.IsCancellationRequested)
                {
                    context.StopCurrentTest(watchdog.Death ?? watchdog.Hang ?? "the server is gone");
                    return Response.Fail(statusCode: "ServerGone");
                }

                if (_interrupted.IsCancellationRequested || IsDone)
                {
                    context.StopCurrentTest(IsDone ? "all is done" : "interrupted");
                    return Response.Ok();
                }

                var failure = await TryAsync(AttemptAsync, ended).ConfigureAwait(false);
                return failure is null ? Response.Ok() : Response.Fail(statusCode: failure.Name, message: failure.Message);
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
        FailureExamples = new SortedDictionary<string, string>(_examples, StringComparer.Ordinal),
    };

    private async Task<RowResult> NotReadyAsync(string why)
    {
        var fate = await FindFateAsync(why).ConfigureAwait(false);
        return Result(TimeSpan.Zero) with { Death = fate.Death, Hang = fate.Hang };
    }

    private async Task<string?> TryPrepareAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_interrupted);
        patience.CancelAfter(Options.Patience);
        try
        {
            Before = await Server.GetAsync("/v1/status", patience.Token).ConfigureAwait(false);
            await PrepareAsync(patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception failure) when (failure is LoadException or OperationCanceledException or HttpRequestException)
        {
            _interrupted.ThrowIfCancellationRequested();
            var known = Explain(failure, "");
            _outcomes.Begin();
            _outcomes.Fail(known.Name);
            return $"before the load: {known.Name}: {known.Message}";
        }
    }

    private async Task<LoadException?> TryAsync(Func<CancellationToken, Task> attempt, CancellationToken ended)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ended);
        patience.CancelAfter(Options.Patience);
        _outcomes.Begin();
        _begun.TrySetResult();
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            await attempt(patience.Token).ConfigureAwait(false);
            _latency.Record(TimeProvider.System.GetElapsedTime(start));
            _outcomes.Ok();
            return null;
        }
        catch (Exception failure)
        {
            var known = Explain(failure, ended.IsCancellationRequested ? "the server is gone" : "");
            _outcomes.Fail(known.Name);
            _examples.TryAdd(known.Name, known.Message);
            return known;
        }
    }

    private LoadException Explain(Exception failure, string why) => failure switch
    {
        LoadException known => known,
        OperationCanceledException =>
            new LoadException(FailureKind.TimedOut, why.Length > 0 ? why : $"not done in {Options.Patience.TotalSeconds} s"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
            new LoadException(FailureKind.ConnectionRefused, failure.Message),
        HttpRequestException => new LoadException(FailureKind.ConnectionLost, failure.Message),
        _ => new LoadException(FailureKind.WrongAnswer, $"{failure.GetType().Name}: {failure.Message}"),
    };

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
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_interrupted);
        patience.CancelAfter(AuditLimit);
        if (AuditWaits > NoticeableWait)
            AnsiConsole.MarkupLineInterpolated($"[grey]  the audit waits {AuditWaits:hh\\:mm\\:ss} at the most for the server to come to rest[/]");
        try
        {
            var audit = await AuditAsync(patience.Token).ConfigureAwait(false);

            // Attempts of the audit's own count as well.
            return await CompleteAsync(result with { Audit = audit, Outcomes = _outcomes.Totals() }, patience.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or LoadException)
        {
            _interrupted.ThrowIfCancellationRequested();
            var fate = await FindFateAsync($"the audit was not answered: {failure.Message}").ConfigureAwait(false);
            return result with { Death = fate.Death, Hang = fate.Hang };
        }
    }

    private async Task<Fate> FindFateAsync(string what)
    {
        var fate = await Fate.FindAsync(Server, what, Options.HangAfter, ServerUnderLoad.StopPatience, _interrupted).ConfigureAwait(false);
        _interrupted.ThrowIfCancellationRequested();
        return fate;
    }
}
