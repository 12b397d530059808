using System.Globalization;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Registry.LoadMeasuring;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Running;

/// <summary>
/// Does the registry stand it when every request opens a new client? Each iteration is one <see cref="Visit"/> of a client that connects
/// for it alone; the shared client of <c>pooled_client</c> does the same work.
/// </summary>
internal sealed class NewClientPerRequest(ServerUnderLoad server, IClientSource clients, string scenario, LoadOptions options)
{
    private readonly OutcomeCounters _outcomes = new();
    private readonly LatencyRecorder _latency = new();
    private readonly Ledger _ledger = new();
    private readonly Gauges _gauges = new();
    private readonly WatchRecorder _recorder = new(TimeProvider.System);
    private readonly Place[] _places = [.. Enumerable.Range(0, options.Interfaces).Select(i => new Place(i))];
    private int _visits = -1;

    /// <summary>Runs the load, and audits the server afterwards.</summary>
    public async Task<RowResult> RunAsync()
    {
        await SettleHostsAsync().ConfigureAwait(false);
        await using var watchdog = new Watchdog(server, options.HangAfter);
        var visit = new Visit(clients, _places, _ledger, _gauges, _recorder);
        var start = TimeProvider.System.GetTimestamp();
        var run = Scenario.Create(scenario, async context =>
            {
                if (watchdog.Gone.IsCancellationRequested)
                {
                    context.StopCurrentTest(watchdog.Death ?? watchdog.Hang ?? "the server is gone");
                    return Response.Fail(statusCode: "ServerGone");
                }

                var failure = await TryVisitAsync(visit, watchdog.Gone).ConfigureAwait(false);
                return failure is null ? Response.Ok() : Response.Fail(statusCode: failure.Kind.ToString(), message: failure.Message);
            })
            .WithoutWarmUp()
            .WithMaxFailCount(int.MaxValue)
            .WithLoadSimulations(Simulation.KeepConstant(copies: options.Clients, during: options.Duration));
        var runner = NBomberRunner.RegisterScenarios(run)
            .WithTestSuite("Registry")
            .WithTestName($"{scenario}: {server.Name}, {clients.Name}");
        runner = options.ReportFolder is { } folder
            ? runner
                .WithReportFolder(Path.Combine(folder, FileNameOf($"{scenario}-{server.Name}-{clients.Name}")))
                .WithReportFileName("report")
                .WithReportFormats(ReportFormat.Txt, ReportFormat.Md, ReportFormat.Csv, ReportFormat.Html)
            : runner.WithoutReports();
        if (options.Config is { } config)
            runner = runner.LoadConfig(config);
        await Task.Run(() => runner.Run()).ConfigureAwait(false);
        var duration = TimeProvider.System.GetElapsedTime(start);
        await watchdog.LookAsync().ConfigureAwait(false);
        return await JudgeAsync(watchdog, duration).ConfigureAwait(false);
    }

    private static string FileNameOf(string name) => new([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' ? c : '-')]);

    // Who has always been there is there before anybody comes.
    private async Task SettleHostsAsync()
    {
        using var patience = new CancellationTokenSource(options.Patience);
        await using var client = await clients.ConnectAsync(patience.Token).ConfigureAwait(false);
        var lease = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 3_600_000 }, patience.Token).ConfigureAwait(false);
        foreach (var place in _places)
        {
            var request = Requests.Register(lease.LeaseId, place.Host, Place.HostInstance, place.Interface);
            var answer = await client.RegisterAsync(request, patience.Token).ConfigureAwait(false);
            _ledger.Acknowledge(new Write(answer.Revision, place.Host, Requests.Registered(request, answer), [place.Interface]));
            place.Acknowledge(answer.Revision);
        }
    }

    private async Task<LoadException?> TryVisitAsync(Visit visit, CancellationToken gone)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(gone);
        patience.CancelAfter(options.Patience);
        using var visiting = _gauges.Visiting.Enter();
        _outcomes.Begin();
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            await visit.RunAsync(Interlocked.Increment(ref _visits), patience.Token).ConfigureAwait(false);
            _latency.Record(TimeProvider.System.GetElapsedTime(start));
            _outcomes.Ok();
            return null;
        }
        catch (Exception failure)
        {
            var known = failure as LoadException ?? (failure is OperationCanceledException
                ? new LoadException(FailureKind.TimedOut, gone.IsCancellationRequested ? "the server is gone" : $"not done in {options.Patience.TotalSeconds} s")
                : new LoadException(FailureKind.WrongAnswer, $"{failure.GetType().Name}: {failure.Message}"));
            _outcomes.Fail(known.Kind.ToString());
            return known;
        }
    }

    private async Task<RowResult> JudgeAsync(Watchdog watchdog, TimeSpan duration)
    {
        var outcomes = _outcomes.Totals();
        AuditResult? audit = null;
        IReadOnlyList<string> broken = [];
        var checkedWatches = 0;
        var hang = watchdog.Hang;
        if (!watchdog.Gone.IsCancellationRequested)
        {
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
                audit = await Audit.CheckAsync(server, _places, _ledger, patience.Token).ConfigureAwait(false);
                (broken, checkedWatches) = await CheckPromisesAsync(patience.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or InvalidOperationException or NullReferenceException)
            {
                hang ??= $"the audit was not answered: {failure.Message}";
            }
        }

        return new RowResult
        {
            Server = server.Name,
            Clients = clients.Name,
            Outcomes = outcomes,
            Latency = _latency.Snapshot(),
            Duration = duration,
            PeakRegistrations = _gauges.Registering.Peak,
            PeakConnections = watchdog.PeakConnections,
            Death = watchdog.Death,
            Hang = watchdog.Death is null ? hang : null,
            Audit = audit,
            BrokenPromises = broken,
            CheckedWatches = checkedWatches,
        };
    }

    // What the server did is known from its answers only if every answer came, and if it gave no revision twice.
    private async Task<(IReadOnlyList<string> Broken, int Watches)> CheckPromisesAsync(CancellationToken cancellationToken)
    {
        if (_ledger.Unknown > 0)
            return ([], 0);
        if (_ledger.Writes.GroupBy(w => w.Revision).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return ([string.Create(CultureInfo.InvariantCulture, $"Revision {twice.Key} was acknowledged for {twice.Count()} changes.")], 0);
        var epoch = (string)(await server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false))["epoch"]!;
        var recording = _recorder.Finish(Committed.Of(epoch, _ledger.Writes), isQuiet: false);
        return (WatchGuarantees.Check(recording), recording.Streams.Count);
    }
}
