using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using NBomber.Contracts;
using NBomber.CSharp;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Leases;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.LoadTests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Scenarios;

/// <summary>
/// Does anything grow, or stay behind, when it all goes on for a long time? Attempts come at a fixed rate: new clients that register, see
/// themselves and leave; new clients that change what is there; some that vanish and leave their lease to expire; some that renew theirs
/// for a while; and watches that come and go on a shared channel. At the end the heap has not grown and everything is as it was before.
/// Every attempt checks what it saw itself; at one of the interfaces all changes are logged, and what is watched there is recorded and held
/// against them. All of them, for an hour, would fill this side's memory.
/// </summary>
internal sealed class Soak(ServerUnderLoad server, LoadOptions options) : ScenarioRun(server, Name, "lean and grpc-dotnet, mixed", options)
{
    public const string Name = "soak";

    /// <summary>
    /// What the server keeps for a while after somebody has gone, it keeps for minutes by default; and the deltas that it keeps for those
    /// who come back fill 64 MiB in the end, which takes a quarter of an hour here and looks like a leak until then.
    /// </summary>
    public static IReadOnlyList<string> ServerArguments { get; } =
    [
        "--set", $"Limits:BuildRetention={BuildRetention:c}", "--set", "Leases:ProtectionBound=00:00:02", "--set", "Leases:ProtectionWindow=00:00:01",
        "--set", "Watching:WindowRetention=00:00:03", "--set", "Watching:WindowBytes=1048576",
    ];

    /// <summary>Attempts a second where other scenarios have clients.</summary>
    public static LoadOptions Defaults { get; } = new() { Duration = TimeSpan.FromMinutes(50), Clients = 100, Interfaces = 20 };

    private static TimeSpan BuildRetention => TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ConvergePatience = TimeSpan.FromSeconds(10);

    // How much the heap may grow over the run, by its trend. Divided by the attempts it is what each of them may leave behind: in 50
    // minutes less than any object is large. A heap that can't be collected has kept deltas and old garbage in it as well.
    private const long MostGrowthCollected = 2L << 20, MostGrowthOtherwise = 128L << 20;

    private const long HostLeaseMillis = 86_400_000;
    private const long VisitLeaseMillis = 60_000;
    private const long ShortLeaseMillis = 2_000;
    private const string HostInstance = "i0";

    // The interface whose changes are logged, and of those who come and watch it for a while, one in so many is recorded.
    private const int Logged = 0;
    private const int RecordOneIn = 16;

    // As many looks at a heap that was just collected; a long run has them at least this often.
    private const int Collections = 60;
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(15);

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly LeaseLog _log = new(TimeProvider.System);
    private readonly HeapTrend _heap = new();
    private readonly LeanClients _lean = new(server.GrpcEndPoint, options.SourceAddresses);
    private readonly DotnetClients _dotnet = new(server.GrpcEndPoint, options.SourceAddresses, isShared: false);
    private readonly DotnetClients _pool = new(server.GrpcEndPoint, options.SourceAddresses, isShared: true);
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly long[] _updated = new long[options.Interfaces];
    private readonly string?[] _builds = new string?[options.Interfaces];
    private readonly long[] _kinds = new long[5];
    private Instance _host = new();
    private Watcher[] _watchers = [];
    private IReadOnlyList<WatchConnection> _connections = [];
    private readonly CancellationTokenSource _stop = new();
    private ByteString _lease = ByteString.Empty;
    private Task _collecting = Task.CompletedTask;
    private bool _isCollected;
    private int _next = -1;

    // The protection's bound is a minute by default, and a busy machine needs some time too.
    private LeaseTerms Terms => Server.IsOurs
        ? new(Grace: TimeSpan.FromSeconds(15), BuildRetention)
        : new(Grace: TimeSpan.FromSeconds(120), BuildRetention: TimeSpan.Zero);

    // How long things that nobody takes back may stay: leases, and connections that the server has not heard the end of.
    private TimeSpan Patience => TimeSpan.FromSeconds(Server.IsOurs ? 30 : 150);

    // And the builds of those who have left: 10 minutes by default, on a server that is not ours.
    private TimeSpan BuildPatience => Server.IsOurs ? Patience : TimeSpan.FromMinutes(11);

    protected override TimeSpan AuditWaits => ConvergePatience + BuildPatience + Patience + Patience;

    private long MostGrowth => _isCollected ? MostGrowthCollected : MostGrowthOtherwise;

    protected override LoadSimulation[] Load => [Simulation.Inject(Options.Clients, TimeSpan.FromSeconds(1), Options.Duration)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        foreach (var connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _collecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        await _lean.DisposeAsync().ConfigureAwait(false);
        await _dotnet.DisposeAsync().ConfigureAwait(false);
        await _pool.DisposeAsync().ConfigureAwait(false);
    }

    // Of a server that can't be had to collect. What its last collection left alone is in it too, so this tells much less.
    protected override void Sampled(JsonNode status)
    {
        if (!Volatile.Read(ref _isCollected))
            Look(status);
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var client = await _lean.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var asked = _log.Now;
        var granted = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = HostLeaseMillis }, cancellationToken)
            .ConfigureAwait(false);
        var lease = _log.Granted(asked, granted);
        _lease = granted.LeaseId;
        for (var i = 0; i < Options.Interfaces; i++)
        {
            var request = Requests.RegisterMany(_space, _lease, HostOf(i), 1, InterfaceOf(i));
            asked = _log.Now;
            var answer = await client.RegisterAsync(request, cancellationToken).ConfigureAwait(false);
            _builds[i] = answer.Instances[0].BuildId;
            if (i != Logged)
                continue;
            _host = Requests.Registered(request, answer);
            _log.Registered(asked, lease, request, answer);
        }

        _watchers = [.. Enumerable.Range(0, Options.Interfaces).Select(i =>
            new Watcher(NewOpen(i), i == Logged ? new WireWatch(_log.Recorder, "throughout") : null))];
        _isCollected = await Server.TryCollectAsync(cancellationToken).ConfigureAwait(false);
        if (_isCollected)
            _collecting = Task.Run(() => CollectAgainAndAgainAsync(_stop.Token), CancellationToken.None);
        _connections = await WatchConnection.OpenManyAsync(Server.GrpcEndPoint,
            Options.SourceAddresses, _watchers.Chunk(1), cancellationToken).ConfigureAwait(false);
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        if (_connections.FirstOrDefault(c => c.Ended.IsCompleted) is { } lost && await lost.Ended.ConfigureAwait(false) is { } why)
            throw why;
        var number = Interlocked.Increment(ref _next);
        var place = number / 10 % Options.Interfaces;
        var (kind, attempt) = (number % 10) switch
        {
            < 4 => (0, VisitAsync(number, place, cancellationToken)),
            < 6 => (1, UpdateAsync(number, place, cancellationToken)),
            6 => (2, VanishAsync(number, place, cancellationToken)),
            7 => (3, RenewAsync(number, place, cancellationToken)),
            _ => (4, WatchForAWhileAsync(number, place, cancellationToken)),
        };
        try
        {
            await attempt.ConfigureAwait(false);
        }
        catch when (place == Logged)
        {
            // What it asked for may have been done.
            _log.Lose();
            throw;
        }

        Interlocked.Increment(ref _kinds[kind]);
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _collecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _pool.DisposeAsync().ConfigureAwait(false);

        // First the hosts alone; their builds leave with them, those of the visitors after their retention.
        var audit = AuditResult.OfLostUpdates(await ConvergeAsync(cancellationToken).ConfigureAwait(false));
        var hosts = Enumerable.Range(0, Options.Interfaces).ToArray();
        audit += await NamespaceAudit.CheckAsync(
            Server,
            _space,
            hosts.ToDictionary(HostOf, _ => 1, StringComparer.Ordinal),
            hosts.ToDictionary(InterfaceOf, i => new HashSet<string>([HostOf(i)], StringComparer.Ordinal), StringComparer.Ordinal),
            BuildPatience,
            cancellationToken).ConfigureAwait(false);
        foreach (var connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
        await LeaveAsync(cancellationToken).ConfigureAwait(false);
        audit += await NamespaceAudit.IsEmptyAsync(Server, _space, Patience, cancellationToken).ConfigureAwait(false);
        audit += AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server,
            Before,
            [("watches", "streams"), ("watches", "subscriptions"),
                ("watches", "stalled"), ("leases", "active"), ("", "instances"), ("connections", "now")],
            Patience,
            cancellationToken).ConfigureAwait(false));
        var growth = _heap.Measure() is { } trend ? trend.BytesPerSecond * trend.Over.TotalSeconds : 0;
        return audit + AuditResult.OfLeftBehind(growth > MostGrowth
            ? [$"the heap grew by {Figure.Megabytes(growth)}, of at most {Figure.Megabytes(MostGrowth)}"]
            : []);
    }

    protected override async Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var after = await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false);
        string Both(string group, string name) => $"{Before[group]![name]}, {after[group]![name]}";
        var trend = _heap.Measure();
        var course = _heap.Course(moments: 6);
        var (broken, watches) = _log.Check(Epoch, Terms);
        return result with
        {
            BrokenPromises = broken,
            CheckedWatches = watches,
            Figures =
            [
                ("visits, updates, vanished", string.Join(", ", _kinds.Take(3).Select(Figure.Count))),
                ("renewed for a while, watched for a while", string.Join(", ", _kinds.Skip(3).Select(Figure.Count))),
                ("leases expired at the server", Figure.Count((long)after["leases"]!["expired"]! - (long)Before["leases"]!["expired"]!)),
                ($"heap at {course.Looks} looks{(_isCollected ? ", each after a full collection" : "")}", string.Join(", ", course.Bytes
                    .Select(b => Figure.Megabytes(b)))),
                ("heap's trend", trend is { } known
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"{known.BytesPerSecond / 1024:0.00} KiB/s over {known.Over:hh\\:mm\\:ss}")
                    : "too short to tell"),
                ("  growth, and its bound", trend is { } t
                    ? $"{Figure.Megabytes(t.BytesPerSecond * t.Over.TotalSeconds)}, {Figure.Megabytes(MostGrowth)}" : "-"),
                ("  the bound per attempt", $"{Figure.Count(MostGrowth / Math.Max(1, result.Outcomes.Begun))} B"),
                ("streams before, after", Both("watches", "streams")),
                ("subscriptions before, after", Both("watches", "subscriptions")),
                ("leases before, after", Both("leases", "active")),
                ("connections before, after", Both("connections", "now")),
                ("instances before, after", $"{Before["instances"]}, {after["instances"]}"),
            ],
        };
    }

    private static string HostOf(int place) => string.Create(CultureInfo.InvariantCulture, $"host-{place}");

    private static string InterfaceOf(int place) => string.Create(CultureInfo.InvariantCulture, $"load.Soak{place}");

    private Open NewOpen(int place) =>
        new() { Client = "load", Subscriptions = { new Subscribe { Id = 1, Namespace = _space, Interface = InterfaceOf(place) } } };

    private void Look(JsonNode status) =>
        _heap.Add(TimeProvider.System.GetElapsedTime(_start), (long)status["memory"]!["heapAfterLastCollection"]!);

    private async Task CollectAgainAndAgainAsync(CancellationToken cancellationToken)
    {
        var pause = Options.Duration / Collections;
        while (true)
        {
            await Task.Delay(pause < MostPause ? pause : MostPause, cancellationToken).ConfigureAwait(false);
            if (!await Server.TryCollectAsync(cancellationToken).ConfigureAwait(false))
                continue;
            try
            {
                Look(await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false));
            }
            catch (HttpRequestException)
            {
                // Whether the server is there is the watchdog's affair.
            }
        }
    }

    // One in twenty is a client as users have it; more of them would measure their own cost.
    private ValueTask<IRegistryClient> ConnectAsync(int number, CancellationToken cancellationToken) =>
        number % 20 == 0 ? _dotnet.ConnectAsync(cancellationToken) : _lean.ConnectAsync(cancellationToken);

    private async Task<Visitor> RegisterAsync(
        IRegistryClient client, int number, int place, long ttlMillis, CancellationToken cancellationToken)
    {
        var asked = _log.Now;
        var granted = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = ttlMillis }, cancellationToken).ConfigureAwait(false);
        var lease = _log.Granted(asked, granted);
        var application = string.Create(CultureInfo.InvariantCulture, $"soak-{number}");
        var request = Requests.RegisterMany(_space, granted.LeaseId, application, 2, InterfaceOf(place));
        asked = _log.Now;
        var answer = await client.RegisterAsync(request, cancellationToken).ConfigureAwait(false);
        if (place == Logged)
            _log.Registered(asked, lease, request, answer);
        return new Visitor(place, application, granted.LeaseId, lease, answer.Revision);
    }

    private async Task LeaveAsync(IRegistryClient client, Visitor visitor, CancellationToken cancellationToken)
    {
        var asked = _log.Now;
        var revision = await RevokeAsync(client, visitor.LeaseId, 2, cancellationToken).ConfigureAwait(false);
        if (visitor.Place == Logged)
            _log.Removed(asked, revision, _space, visitor.Application, "i0", "i1");
    }

    private static async Task<long> RevokeAsync(IRegistryClient client, ByteString lease, uint instances, CancellationToken cancellationToken)
    {
        var answer = await client.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease }, cancellationToken).ConfigureAwait(false);
        return answer.RemovedInstances == instances
            ? answer.Revision
            : throw new LoadException(FailureKind.WrongAnswer,
                $"a lease with {instances} instances was taken back, and {answer.RemovedInstances} were removed");
    }

    private WireWatch? NewRecord(int number, int place) =>
        place == Logged && number / 10 / Options.Interfaces % RecordOneIn == 0
            ? new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"soak-{number}")) : null;

    private async Task<IWatchCall> WatchAsync(IRegistryClient client, int place, WireWatch? record, CancellationToken cancellationToken)
    {
        var open = NewOpen(place);
        record?.Sent(new WatchRequest { Open = open });
        return await client.WatchAsync(open, cancellationToken).ConfigureAwait(false);
    }

    private static async Task ReadAsync(
        IWatchCall watch, WatchView view, WireWatch? record, Func<bool> isEnough, CancellationToken cancellationToken)
    {
        while (!isEnough())
        {
            var message = await watch.NextAsync(cancellationToken).ConfigureAwait(false);
            record?.Received(message);
            view.Take(message);
        }
    }

    private async Task VisitAsync(int number, int place, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(number, cancellationToken).ConfigureAwait(false);
        var view = new WatchView();
        var record = NewRecord(number, place);
        await using var watch = await WatchAsync(client, place, record, cancellationToken).ConfigureAwait(false);
        await ReadAsync(watch, view, record, () => view.Revision >= 0, cancellationToken).ConfigureAwait(false);
        if (!view.Serves(InterfaceOf(place), HostOf(place), HostInstance))
            throw new LoadException(FailureKind.WrongAnswer, "the first state of a watch lacks an application that has always been there");
        var visitor = await RegisterAsync(client, number, place, VisitLeaseMillis, cancellationToken).ConfigureAwait(false);
        await ReadAsync(watch, view, record, () => view.Revision >= visitor.Revision, cancellationToken).ConfigureAwait(false);
        if (!view.Serves(InterfaceOf(place), visitor.Application, "i1"))
            throw new LoadException(FailureKind.WrongAnswer,
                "a registration was acknowledged, and the watch does not have it at its revision");
        record?.Ended("left");
        await LeaveAsync(client, visitor, cancellationToken).ConfigureAwait(false);
    }

    private async Task UpdateAsync(int number, int place, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(number, cancellationToken).ConfigureAwait(false);
        var patch = new InstancePatch { Id = HostInstance, SetMetadata = { ["visit"] = number.ToString(CultureInfo.InvariantCulture) } };
        var request = new UpdateRequest { Namespace = _space, Application = HostOf(place), Instances = { patch } };
        var asked = _log.Now;
        var answer = await client.UpdateAsync(request, cancellationToken).ConfigureAwait(false);
        if (place == Logged)
        {
            var after = _host.Clone();
            after.Metadata.Add(patch.SetMetadata);
            after.Revision = answer.Revision;
            _log.Updated(asked, _space, HostOf(place), after);
        }

        for (var seen = Volatile.Read(ref _updated[place]); answer.Revision > seen; seen = Volatile.Read(ref _updated[place]))
            Interlocked.CompareExchange(ref _updated[place], answer.Revision, seen);
        var resolved = await client.ResolveAsync(new ResolveRequest { Namespace = _space, Applications = { HostOf(place) } },
            cancellationToken).ConfigureAwait(false);
        if (resolved.Applications[0].Instances is not [{ } host] || host.Revision < answer.Revision)
            throw new LoadException(FailureKind.WrongAnswer, "an update was acknowledged, and a resolve has an older state");
    }

    private async Task VanishAsync(int number, int place, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(number, cancellationToken).ConfigureAwait(false);
        await RegisterAsync(client, number, place, ShortLeaseMillis, cancellationToken).ConfigureAwait(false);
    }

    private async Task RenewAsync(int number, int place, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(number, cancellationToken).ConfigureAwait(false);
        var visitor = await RegisterAsync(client, number, place, VisitLeaseMillis, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken).ConfigureAwait(false);
            var asked = _log.Now;
            var renewed = await client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = visitor.LeaseId }, cancellationToken)
                .ConfigureAwait(false);
            if (renewed.Lost.Count > 0)
                throw new LoadException(FailureKind.WrongAnswer, $"an instance was lost: {renewed.Lost[0].Cause}");
            visitor.Lease.Renewed(asked, _log.Now);
        }

        await LeaveAsync(client, visitor, cancellationToken).ConfigureAwait(false);
    }

    private async Task WatchForAWhileAsync(int number, int place, CancellationToken cancellationToken)
    {
        await using var client = await _pool.ConnectAsync(cancellationToken).ConfigureAwait(false);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var view = new WatchView();
        var record = NewRecord(number, place);
        await using var watch = await WatchAsync(client, place, record, cancellationToken).ConfigureAwait(false);
        await ReadAsync(watch, view, record, () => view.Revision >= 0, cancellationToken).ConfigureAwait(false);
        if (!view.Serves(InterfaceOf(place), HostOf(place), HostInstance))
            throw new LoadException(FailureKind.WrongAnswer, "the first state of a watch lacks an application that has always been there");
        var first = view.Revision;
        enough.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            await ReadAsync(watch, view, record, () => view.Revision > first, enough.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing changed here meanwhile: it leaves all the same.
        }

        record?.Ended("left");
    }

    // Who watched all the time has the newest of every host in the end.
    private async Task<IReadOnlyList<string>> ConvergeAsync(CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var behind = _watchers.Index()
                .Where(w => (w.Item.View.Find(HostOf(w.Index), HostInstance)?.Revision ?? -1) < _updated[w.Index])
                .Select(w => $"who watched {InterfaceOf(w.Index)} all the time stands before {_updated[w.Index]}")
                .ToList();
            if (behind.Count == 0 || TimeProvider.System.GetElapsedTime(start) > ConvergePatience)
                return behind;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await using var client = await _lean.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await RevokeAsync(client, _lease, (uint)Options.Interfaces, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < Options.Interfaces; i++)
        {
            await client.WithdrawBuildsAsync(
                new WithdrawBuildsRequest { Namespace = _space, Application = HostOf(i), BuildIds = { _builds[i] } }, cancellationToken)
                    .ConfigureAwait(false);
        }
    }

    /// <summary>Who has registered an application of its own.</summary>
    private sealed record Visitor(int Place, string Application, ByteString LeaseId, KnownLease Lease, long Revision);
}
