using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Google.Protobuf;
using NBomber.Contracts;
using NBomber.CSharp;
using Registry.LoadMeasuring;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.LoadTests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Scenarios;

/// <summary>
/// Does a watcher that never reads delay those who do, or fill the server's memory? Topics change all the time, at a fixed rate; in the
/// second half one watcher in a hundred follows all of them and reads nothing. The others' latencies of the two halves are compared, the
/// slow ones must be cut off by the server, and must then be able to resume and have what they missed.
/// </summary>
internal sealed class SlowSubscriber(ServerUnderLoad server, LoadOptions options)
    : ScenarioRun(server, Name, "lean, a connection each", options)
{
    public const string Name = "slow_subscriber";

    /// <summary>Half a minute by default, which is as long as a whole run.</summary>
    public static IReadOnlyList<string> ServerArguments { get; } = ["--set", "Watching:StallTimeout=00:00:02"];

    private const int Topics = 10;
    private const int ChangesPerSecond = 20;

    // Large enough that what is not read piles up.
    private const int Padding = 3_000;

    private const int RecordOneIn = 16;
    private const long LeaseMillis = 3_600_000;

    // A delay by the slow ones would be one of seconds, for as long as their write is waited for. Between two halves of a run on a machine
    // that does other things, latencies differ by chance as well: by a factor of what they are, and by a scheduler's moods.
    private const double MostRatio = 3;
    private static readonly TimeSpan Mood = TimeSpan.FromMilliseconds(250);

    // The deltas that are kept for those who come back (64 MiB by default), and as much again for what no collection has found yet.
    private const long MostHeap = 128L << 20;

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly ChangeLog _log = new();
    private readonly LatencyRecorder _without = new(), _with = new();
    private readonly Channel<ChangingTopic> _idle = Channel.CreateUnbounded<ChangingTopic>();
    private readonly List<StalledWatch> _slow = [];
    private readonly List<Watcher> _watchers = [];
    private ChangingTopic[] _topics = [];
    private IReadOnlyList<WatchConnection> _connections = [];
    private IRegistryClient?[] _writers = [];
    private ByteString _lease = ByteString.Empty;
    private long _start;
    private int _phase;
    private long _heapWithout, _heapWith;
    private int _resumed, _byToken;

    private int SlowOnes => Math.Max(1, Options.Clients / 100);

    protected override LoadSimulation[] Load => [Simulation.Inject(ChangesPerSecond, TimeSpan.FromSeconds(1), Options.Duration)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        foreach (var slow in _slow)
            slow.Dispose();
        foreach (var connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        foreach (var writer in _writers)
        {
            if (writer is not null)
                await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    protected override void Sampled(JsonNode status)
    {
        var heap = (long)status["memory"]!["managedHeap"]!;
        if (Volatile.Read(ref _phase) == 0)
            _heapWithout = Math.Max(_heapWithout, heap);
        else
            _heapWith = Math.Max(_heapWith, heap);
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var readers = Options.Clients - SlowOnes;
        _topics = [.. Enumerable.Range(0, Topics).Select(i =>
            new ChangingTopic(_space, $"topic-{i}", (readers / Topics) + (i < readers % Topics ? 1 : 0), _log, Padding))];
        _writers = new IRegistryClient?[Topics];
        for (var i = 0; i < Topics; i++)
            _writers[i] = await LeanClients.ConnectAsync(Server.GrpcEndPoint, Options.SourceAddresses, cancellationToken)
                .ConfigureAwait(false);
        _lease = (await _writers[0]!.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = LeaseMillis }, cancellationToken)
            .ConfigureAwait(false)).LeaseId;
        foreach (var topic in _topics)
            await topic.RegisterAsync(_writers[0]!, _lease, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < readers; i++)
            _watchers.Add(NewReader(i));
        _connections = await WatchConnection.OpenManyAsync(Server.GrpcEndPoint,
            Options.SourceAddresses, _watchers.Chunk(1), cancellationToken).ConfigureAwait(false);
        foreach (var topic in _topics)
            await _idle.Writer.WriteAsync(topic, cancellationToken).ConfigureAwait(false);
        _start = TimeProvider.System.GetTimestamp();
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        if (TimeProvider.System.GetElapsedTime(_start) > Options.Duration / 2 && Interlocked.CompareExchange(ref _phase, 1, 0) == 0)
            await OpenSlowOnesAsync(cancellationToken).ConfigureAwait(false);
        if (_connections.FirstOrDefault(c => c.Ended.IsCompleted) is { } lost && await lost.Ended.ConfigureAwait(false) is { } why)
            throw why;
        var recorder = Volatile.Read(ref _phase) == 0 ? _without : _with;
        var topic = await _idle.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (acknowledged, round) = await topic.ChangeAsync(_writers[Array.IndexOf(_topics, topic)]!, cancellationToken)
                .ConfigureAwait(false);
            foreach (var arrival in round.Since(acknowledged))
                recorder.Record(arrival);
        }
        finally
        {
            _idle.Writer.TryWrite(topic);
        }
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        var (without, with) = (_without.Snapshot(), _with.Snapshot());
        foreach (var percentile in (double[])[50, 99])
        {
            var (before, after) = (without.Percentile(percentile), with.Percentile(percentile));
            if (without.Count > 0 && after > (before * MostRatio) + Mood)
                wrong.Add(
                    $"p{percentile} of those who read: {Figure.Millis(before)} without the slow ones, {Figure.Millis(after)} with them");
        }

        if (_heapWithout > 0 && _heapWith - _heapWithout > MostHeap)
            wrong.Add(
                $"the server's heap: {Figure.Megabytes(_heapWithout)} without the slow ones, {Figure.Megabytes(_heapWith)} with them");
        wrong.AddRange(await AwaitCutOffAsync(cancellationToken).ConfigureAwait(false));

        // Who was not cut off has nothing to come back from.
        if (wrong.Count == 0)
            wrong.AddRange(await ResumeAsync(cancellationToken).ConfigureAwait(false));
        foreach (var connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        foreach (var slow in _slow)
            slow.Dispose();

        // A new one: those that wrote have not been read for a while, and the server may have given them up.
        await using var leaving = await LeanClients.ConnectAsync(Server.GrpcEndPoint, Options.SourceAddresses, cancellationToken)
            .ConfigureAwait(false);
        foreach (var topic in _topics)
            await topic.LeaveAsync(leaving, cancellationToken).ConfigureAwait(false);
        await leaving.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = _lease }, cancellationToken).ConfigureAwait(false);
        return AuditResult.OfLostUpdates(wrong)
            + await NamespaceAudit.IsEmptyAsync(Server, _space, TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false)
            + AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
                Server, Before, NamespaceAudit.Usual, TimeSpan.FromSeconds(20), cancellationToken).ConfigureAwait(false));
    }

    protected override async Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var (broken, watches) = _log.Check(Epoch, isQuiet: false);
        var status = await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false);
        var (without, with) = (_without.Snapshot(), _with.Snapshot());
        string Ratio(double percentile)
        {
            var (before, after) = (without.Percentile(percentile), with.Percentile(percentile));
            return string.Create(CultureInfo.InvariantCulture, $"{Figure.Millis(before)}, {Figure.Millis(after)}: {after / before:0.00}x");
        }

        return result with
        {
            BrokenPromises = broken,
            CheckedWatches = watches,
            Figures =
            [
                ("watchers that read, that do not", $"{Figure.Count(Options.Clients - SlowOnes)}, {SlowOnes}"),
                ("delivery p50 without, with slow ones", Ratio(50)),
                ("  p99", Ratio(99)),
                ("slow ones cut off by the server", Figure.Count(
                    (long)status["watches"]!["stalledResets"]! - (long)Before["watches"]!["stalledResets"]!)),
                ("  resumed with the right state, by token", $"{Figure.Count(_resumed)}, {Figure.Count(_byToken)}"),
                ("server's heap at most without, with",
                    $"{Figure.Megabytes(_heapWithout)}, {Figure.Megabytes(_heapWith)} (bound: {Figure.Megabytes(MostHeap)} more)"),
            ],
        };
    }

    private Watcher NewReader(int number)
    {
        var topic = _topics[number % Topics];
        var last = 0;
        var record = number % RecordOneIn == 0
            ? new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"reader-{number}")) : null;
        return new Watcher(new Open { Client = "load", Subscriptions = { topic.Subscription(1) } }, record, view =>
        {
            var told = topic.Read(view).Number;
            if (told == last)
                return;
            last = told;
            topic.Seen(told);
        });
    }

    private async Task OpenSlowOnesAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < SlowOnes; i++)
        {
            var record = new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"slow-{i}"));
            _slow.Add(await StalledWatch.OpenAsync(Server.GrpcEndPoint, Options.SourceAddresses, NewOpen(), record, cancellationToken)
                .ConfigureAwait(false));
        }
    }

    private Open NewOpen() =>
        new() { Client = "load-slow", Subscriptions = { _topics.Select((topic, i) => topic.Subscription((ulong)i + 1)) } };

    private async Task<IEnumerable<string>> AwaitCutOffAsync(CancellationToken cancellationToken)
    {
        // A server elsewhere has the default: half a minute. What its kernel takes for the one that does not read counts as read.
        var patience = TimeSpan.FromSeconds(Server.IsOurs ? 10 : 60);
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var status = await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false);
            var cut = (long)status["watches"]!["stalledResets"]! - (long)Before["watches"]!["stalledResets"]!;
            if (cut >= _slow.Count)
                return cut == _slow.Count ? [] : [$"{cut} streams were cut off, and {_slow.Count} did not read"];
            if (TimeProvider.System.GetElapsedTime(start) > patience)
                return [$"{cut} of {_slow.Count} that do not read were cut off"];
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
        }
    }

    // They read what had come before the cut, and go on from the last Sync in it.
    private async Task<IReadOnlyList<string>> ResumeAsync(CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        var last = _topics.Max(t => t.Revisions.Count == 0 ? 0 : t.Revisions[^1]);
        foreach (var (i, slow) in _slow.Index())
        {
            try
            {
                var open = NewOpen();
                await slow.ReadToEndAsync(open, cancellationToken).ConfigureAwait(false);
                var record = new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"slow-{i}"));
                var watcher = new Watcher(open, record, view: slow.View);
                await using var connection = await WatchConnection.OpenAsync(
                    Server.GrpcEndPoint, Options.SourceAddresses, [watcher], cancellationToken).ConfigureAwait(false);
                await watcher.Ready.WaitAsync(Options.Patience, cancellationToken).ConfigureAwait(false);
                if (watcher.View.Revision < last || !_topics.All(t => t.Read(watcher.View).Number == t.Revisions.Count))
                    wrong.Add($"slow watcher {i} resumed, and at {watcher.View.Revision} does not have what stands at {last}");
                else
                    _resumed++;
                _byToken += slow.IsResumable ? 1 : 0;
            }
            catch (Exception failure) when (failure is LoadException or TimeoutException)
            {
                wrong.Add($"slow watcher {i} could not resume: {failure.Message}");
            }
        }

        return wrong;
    }
}
