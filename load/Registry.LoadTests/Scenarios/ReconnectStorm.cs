using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using NBomber.Contracts;
using NBomber.CSharp;
using Registry.LoadMeasuring;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.LoadTests.Watching;

namespace Registry.LoadTests.Scenarios;

/// <summary>
/// When the server is killed and comes back with nothing, and everybody comes back at once, how long until everybody is registered again
/// and sees everybody? Each attempt is one such death. All are members: each has an instance of an application of its own that serves an
/// interface which some share, and watches that interface. They come back with a jittered backoff, find their leases unknown, take new
/// ones, register again, and resume with a token of a history that is no more.
/// </summary>
internal sealed class ReconnectStorm(ServerUnderLoad server, LoadOptions options)
    : ScenarioRun(server, Name, "lean, a connection each", options with { Patience = Patience })
{
    public const string Name = "reconnect_storm";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Away = TimeSpan.FromMilliseconds(500);

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly LatencyRecorder _fromKill = new(), _fromStart = new();
    private readonly ConcurrentDictionary<string, ChangeLog> _logs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Member[] _members = [];
    private Task[] _lives = [];
    private long _peak;
    private int _deaths;

    protected override LoadSimulation[] Load => [Simulation.KeepConstant(copies: 1, during: Options.Duration)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    protected override void Sampled(JsonNode status) => _peak = Math.Max(_peak, (long)status["connections"]!["peak"]!);

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var all = Enumerable.Range(0, Options.Clients).ToArray();
        var groups = all.ToLookup(i => i % Options.Interfaces);
        _members = [.. all.Select(i => new Member(
            Server.GrpcEndPoint, Options.SourceAddresses, _space, i, i % Options.Interfaces, [.. groups[i % Options.Interfaces]], LogOf))];
        _lives = [.. _members.Select(m => Task.Run(() => m.LiveAsync(_stop.Token), CancellationToken.None))];
        await AllSeeAllAsync(Epoch, cancellationToken).ConfigureAwait(false);
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        // The status, while there is one: the next life counts from nothing.
        Sampled(await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false));
        var killed = TimeProvider.System.GetTimestamp();
        await Server.RestartAsync(Away, cancellationToken).ConfigureAwait(false);
        var started = TimeProvider.System.GetTimestamp();
        _deaths++;
        var epoch = (string)(await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false))["epoch"]!;
        await AllSeeAllAsync(epoch, cancellationToken).ConfigureAwait(false);
        _fromKill.Record(TimeProvider.System.GetElapsedTime(killed));
        _fromStart.Record(TimeProvider.System.GetElapsedTime(started));
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        Sampled(await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false));
        var interfaces = _members.GroupBy(m => m.Interface, m => m.Application, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var audit = await NamespaceAudit.CheckAsync(
            Server, _space, _members.ToDictionary(m => m.Application, _ =>
                1, StringComparer.Ordinal), interfaces, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        audit += AuditResult.OfLostUpdates([.. _members.Where(m => m.Wrong is not null).Select(m => $"{m.Application}: {m.Wrong}")]);
        await StopAsync().ConfigureAwait(false);

        // The last life began with nothing, so it must come back to that.
        await Parallel.ForEachAsync(
            _members, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken }, async (m, token) =>
                await m.LeaveAsync(token).ConfigureAwait(false))
            .ConfigureAwait(false);
        var before = new JsonObject
        {
            ["watches"] = new JsonObject { ["streams"] = 0L, ["subscriptions"] = 0L },
            ["leases"] = new JsonObject { ["active"] = 0L },
            ["instances"] = 0L,
        };
        return audit + AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server, before, NamespaceAudit.Usual, TimeSpan.FromSeconds(20), cancellationToken).ConfigureAwait(false));
    }

    protected override Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        // Each life has a history of its own.
        var broken = new List<string>();
        var watches = 0;
        foreach (var (epoch, log) in _logs)
        {
            var (told, count) = log.Check(epoch, isQuiet: false);
            broken.AddRange(told);
            watches += count;
        }

        var (kill, start) = (_fromKill.Snapshot(), _fromStart.Snapshot());
        var attempts = _members.Sum(m => m.Attempts);
        return Task.FromResult(result with
        {
            BrokenPromises = broken,
            CheckedWatches = watches,
            PeakConnections = Math.Max(result.PeakConnections, _peak),
            Figures =
            [
                ("members: each registers and watches", Figure.Count(_members.Length)),
                ("deaths", Figure.Count(_deaths)),
                ("from the kill until all see all", $"p50 {Figure.Millis(kill.Percentile(50))}, max {Figure.Millis(kill.Max)}"),
                ("from the start until all see all", $"p50 {Figure.Millis(start.Percentile(50))}, max {Figure.Millis(start.Max)}"),
                ("attempts to connect", Figure.Count(attempts)),
                ("  per member and death", (attempts / (double)Math.Max(1, _deaths * _members.Length)).ToString(
                    "0.0", CultureInfo.InvariantCulture)),
                ("leases found unknown", Figure.Count(_members.Sum(m => m.UnknownLeases))),
            ],
        });
    }

    private ChangeLog LogOf(string epoch) => _logs.GetOrAdd(epoch, _ => new ChangeLog());

    private async Task AllSeeAllAsync(string epoch, CancellationToken cancellationToken)
    {
        foreach (var member in _members)
        {
            try
            {
                await member.SeesAllAsync(epoch).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                var some = _members.Count(m => m.SeesAllAsync(epoch).IsCompletedSuccessfully);
                throw new LoadException(FailureKind.TimedOut,
                    $"{some} of {_members.Length} see all after {Options.Patience.TotalSeconds} s; {member.Application}: {member.Problem}");
            }
        }
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_lives).ConfigureAwait(false);
    }
}
