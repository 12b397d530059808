using System.Globalization;
using Google.Protobuf;
using Registry.LoadMeasuring;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.LoadTests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Scenarios;

/// <summary>
/// How long does it take until everybody who watches has a change, and does everybody get every change, once and in order? Each attempt is
/// one change; the next one begins when all have it, so none may be merged with another. Subscribers have connections of their own, or
/// share some.
/// </summary>
internal sealed class FanOut(ServerUnderLoad server, ClientKind kind, LoadOptions options)
    : ScenarioRun(server, Name, kind == ClientKind.LeanShared
        ? $"{StreamsPerConnection} watches a connection" : "a connection each", options)
{
    public const string Name = "fan_out";

    // As many as an HTTP/2 server grants a connection by default.
    private const int StreamsPerConnection = 100;

    private const int RecordOneIn = 16;
    private const long LeaseMillis = 3_600_000;

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly ChangeLog _log = new();
    private readonly LatencyRecorder _first = new(), _all = new(), _last = new();
    private readonly List<List<(int Number, long Revision)>> _seen = [];
    private ChangingTopic _topic = null!;
    private IReadOnlyList<WatchConnection> _connections = [];
    private IRegistryClient? _writer;
    private ByteString _lease = ByteString.Empty;
    private long _encodings;

    protected override NBomber.Contracts.LoadSimulation[] Load =>
        [NBomber.CSharp.Simulation.KeepConstant(copies: 1, during: Options.Duration)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        foreach (var connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        if (_writer is not null)
            await _writer.DisposeAsync().ConfigureAwait(false);
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _writer = await LeanClients.ConnectAsync(Server.GrpcEndPoint, Options.SourceAddresses, cancellationToken).ConfigureAwait(false);
        _topic = new ChangingTopic(_space, "changing", Options.Clients, _log);
        _lease = (await _writer.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = LeaseMillis }, cancellationToken)
            .ConfigureAwait(false)).LeaseId;
        await _topic.RegisterAsync(_writer, _lease, cancellationToken).ConfigureAwait(false);
        var watchers = Enumerable.Range(0, Options.Clients).Select(NewWatcher).ToArray();
        _connections = await WatchConnection.OpenManyAsync(
            Server.GrpcEndPoint, Options.SourceAddresses, watchers.Chunk(kind == ClientKind.LeanShared
                ? StreamsPerConnection : 1), cancellationToken).ConfigureAwait(false);
        _encodings = await EncodingsAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        if (_connections.FirstOrDefault(c => c.Ended.IsCompleted) is { } lost && await lost.Ended.ConfigureAwait(false) is { } why)
            throw why;
        var (acknowledged, round) = await _topic.ChangeAsync(_writer!, cancellationToken).ConfigureAwait(false);
        var arrivals = round.Since(acknowledged).ToList();
        foreach (var arrival in arrivals)
            _all.Record(arrival);
        _first.Record(arrivals.Min());
        _last.Record(arrivals.Max());
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        var encodings = await EncodingsAsync(cancellationToken).ConfigureAwait(false) - _encodings;
        var audit = AuditResult.OfLostUpdates(WrongSequences());
        _encodings = encodings;
        foreach (var connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        await _topic.LeaveAsync(_writer!, cancellationToken).ConfigureAwait(false);
        await _writer!.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = _lease }, cancellationToken).ConfigureAwait(false);
        audit += await NamespaceAudit.IsEmptyAsync(Server, _space, TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        return audit + AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server, Before, NamespaceAudit.Usual, TimeSpan.FromSeconds(20), cancellationToken).ConfigureAwait(false));
    }

    protected override Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var (broken, watches) = _log.Check(Epoch, isQuiet: false);
        var changes = Math.Max(1, _topic.Revisions.Count);
        var (first, all, last) = (_first.Snapshot(), _all.Snapshot(), _last.Snapshot());
        return Task.FromResult(result with
        {
            BrokenPromises = broken,
            CheckedWatches = watches,
            Figures =
            [
                ("subscribers", Figure.Count(Options.Clients)),
                ("connections of theirs", Figure.Count(_connections.Count)),
                ("from acknowledgement to the first", $"p50 {Figure.Millis(first.Percentile(50))}"),
                ("  to half of them", Figure.Millis(all.Percentile(50))),
                ("  to 99 %", Figure.Millis(all.Percentile(99))),
                ("  to the last", $"p50 {Figure.Millis(last.Percentile(50))}, p99 {Figure.Millis(last.Percentile(99))}"),
                ("deliveries per second", Figure.Count((long)(changes * (double)Options.Clients / result.Duration.TotalSeconds))),
                ("encodings per change", (_encodings / (double)changes).ToString("0.00", CultureInfo.InvariantCulture)),
            ],
        });
    }

    private Watcher NewWatcher(int number)
    {
        var seen = new List<(int Number, long Revision)>();
        _seen.Add(seen);
        var record = number % RecordOneIn == 0
            ? new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"subscriber-{number}")) : null;
        return new Watcher(new Open { Client = "load", Subscriptions = { _topic.Subscription(1) } }, record, view =>
        {
            // A bookmark repeats what was there.
            if (_topic.Read(view) is var told && told.Number == (seen.Count == 0 ? 0 : seen[^1].Number))
                return;
            seen.Add(told);
            _topic.Seen(told.Number);
        });
    }

    // Every change, once, in order, at its revision.
    private List<string> WrongSequences()
    {
        var expected = _topic.Revisions.Select((revision, i) => (Number: i + 1, Revision: revision)).ToList();
        return [.. _seen.Index().Where(s => !s.Item.SequenceEqual(expected)).Select(s =>
        {
            var same = s.Item.Zip(expected).TakeWhile(p => p.First == p.Second).Count();
            var (got, due) = (same < s.Item.Count ? $"{s.Item[same]}" : "nothing", same < expected.Count ? $"{expected[same]}" : "nothing");
            return $"subscriber {s.Index} got {got} where {due} was due";
        })];
    }

    private async Task<long> EncodingsAsync(CancellationToken cancellationToken) =>
        (long)(await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false))["watches"]!["encodings"]!;
}
