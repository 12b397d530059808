using System.Globalization;
using Google.Protobuf;
using Registry.LoadMeasuring;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
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
/// When very many short leases run out and are renewed at the same time, does anybody who renewed in time lose an instance, and is
/// everybody gone who stopped? Each attempt is one life: a new connection, the shortest lease there is, one instance of an application
/// that many share. Every other one renews for a while, in turn by single calls and on the stream of renewals, looks for its instance
/// and leaves; the rest vanish without a word. A few applications are watched all the time; in each there is one who stays, so that its
/// build does.
/// </summary>
internal sealed class LeaseChurn(ServerUnderLoad server, LoadOptions options) : ScenarioRun(server, Name, "lean", options)
{
    public const string Name = "lease_churn";

    /// <summary>The protection window and bound are a minute each, by default; here they are the least that there is.</summary>
    public static IReadOnlyList<string> ServerArguments { get; } =
        ["--set", "Leases:ProtectionBound=00:00:02", "--set",
            "Leases:ProtectionWindow=00:00:01", "--set", "Limits:BuildRetention=00:00:01"];

    private const int Renewals = 10;

    // Not the minimum to the millisecond: a third of it is when the next renewal is due, and this machine does other things too.
    private static readonly TimeSpan Ttl = TimeSpan.FromMilliseconds(1_500);

    private const string Interface = "load.Churn";
    private const string HostInstance = "host";
    private const long HostLeaseMillis = 3_600_000;

    private const int Watchers = 8;

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly LeaseLog _log = new(TimeProvider.System);
    private readonly Gauge _registering = new();
    private readonly LatencyRecorder _gaps = new();
    private readonly Striped<Tally> _tally = new(() => new Tally());
    private IReadOnlyList<WatchConnection> _watching = [];
    private ByteString _hosts = ByteString.Empty;
    private string _build = "";
    private int _next = -1;
    private long _unknown;

    // How long it takes at the most until somebody is gone whose lease has run out: the protection's bound, which is a minute by default,
    // and what a busy machine needs.
    private TimeSpan Grace => TimeSpan.FromSeconds(Server.IsOurs ? 15 : 120);

    protected override TimeSpan AuditWaits => Ttl + Grace;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        foreach (var watching in _watching)
            await watching.DisposeAsync().ConfigureAwait(false);
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var client = await LeanClients.ConnectAsync(Server.GrpcEndPoint, Options.SourceAddresses, cancellationToken)
            .ConfigureAwait(false);
        var asked = _log.Now;
        var granted = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = HostLeaseMillis }, cancellationToken)
            .ConfigureAwait(false);
        var lease = _log.Granted(asked, granted);
        _hosts = granted.LeaseId;
        for (var i = 0; i < Options.Interfaces; i++)
        {
            var register = Requests.Register(_hosts, ApplicationOf(i), HostInstance, Interface);
            register.Namespace = _space;
            asked = _log.Now;
            var answer = await client.RegisterAsync(register, cancellationToken).ConfigureAwait(false);
            _log.Registered(asked, lease, register, answer);
            _build = answer.Instances[0].BuildId;
        }

        var watchers = Enumerable.Range(0, Math.Min(Watchers, Options.Interfaces)).Select(i => new Watcher(
            new Open { Client = "load", Subscriptions = { new Subscribe { Id = 1, Namespace = _space, Application = ApplicationOf(i) } } },
            new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"watcher-{i}"))));
        _watching = await WatchConnection.OpenManyAsync(Server.GrpcEndPoint, Options.SourceAddresses, watchers.Chunk(1), cancellationToken)
            .ConfigureAwait(false);
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _next);
        try
        {
            await LiveAsync(number, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // What became of its lease is not known, and whether its last renewal counted.
            Interlocked.Increment(ref _unknown);
            _log.Lose();
            throw;
        }
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        // Who stopped last is overdue after the TTL, and gone after the grace; who stays is there.
        var hosts = Enumerable.Range(0, Options.Interfaces).Select(ApplicationOf).ToArray();
        var audit = await NamespaceAudit.CheckAsync(
            Server,
            _space,
            hosts.ToDictionary(host => host, _ => 1, StringComparer.Ordinal),
            new Dictionary<string, HashSet<string>>(StringComparer.Ordinal) { [Interface] = [.. hosts] },
            Ttl + Grace,
            cancellationToken).ConfigureAwait(false);
        foreach (var watching in _watching)
        {
            if (watching.Ended.IsCompleted && await watching.Ended.ConfigureAwait(false) is { } lost)
                audit += AuditResult.OfLostUpdates([$"a watcher was lost: {lost.Message}"]);
            await watching.DisposeAsync().ConfigureAwait(false);
        }

        await HostsLeaveAsync(hosts, cancellationToken).ConfigureAwait(false);
        audit += await NamespaceAudit.IsEmptyAsync(Server, _space, TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        audit += AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server, Before, NamespaceAudit.Usual, TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false));
        return audit + AuditResult.OfLostUpdates(await CompareCountsAsync(cancellationToken).ConfigureAwait(false));
    }

    protected override async Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var tally = Total;
        var after = await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false);
        long Since(string name) => (long)after["leases"]![name]! - (long)Before["leases"]![name]!;
        var gaps = _gaps.Snapshot();

        // No build is ever idle before the watchers have gone.
        var (broken, watches) = _log.Check(Epoch, new LeaseTerms(Grace, BuildRetention: TimeSpan.Zero));
        return result with
        {
            BrokenPromises = broken,
            CheckedWatches = watches,
            PeakRegistrations = _registering.Peak,
            Figures =
            [
                ("leases granted", Figure.Count(tally.Granted)),
                ("renewals acknowledged", Figure.Count(tally.Renewed)),
                ("renewals per second", Figure.PerSecond(tally.Renewed, result.Duration)),
                ("  of them on the stream", Figure.Count(tally.Streamed)),
                ("longest gap between renewals", $"p99 {Figure.Millis(gaps.Percentile(99))}, max {Figure.Millis(gaps.Max)}"),
                ("not judged: renewed too late", Figure.Count(tally.Late)),
                ("stopped without a word", Figure.Count(tally.Stopped)),
                ("expired at the server", Figure.Count(Since("expired"))),
                ("  of them after protection", Figure.Count(Since("expiredAfterProtection"))),
                ("protected (suspect first)", Figure.Count(Since("protected"))),
            ],
        };
    }

    private Tally Total => _tally.Fold(new Tally(), static (sum, part) => sum.Add(part));

    private async Task LiveAsync(int number, CancellationToken cancellationToken)
    {
        using var connection = await LeanConnection.ConnectAsync(
            Server.GrpcEndPoint, SourceAddresses.Next(Server.GrpcEndPoint, Options.SourceAddresses), cancellationToken)
                .ConfigureAwait(false);
        var application = ApplicationOf(number % Options.Interfaces);
        var instance = string.Create(CultureInfo.InvariantCulture, $"i{number}");
        var asked = _log.Now;
        var granted = await connection.AskAsync(
            LeanMethod.GrantLease, new GrantLeaseRequest
            {
                TtlMillis = (long)Ttl.TotalMilliseconds
            }, GrantLeaseResponse.Parser, cancellationToken).ConfigureAwait(false);
        var lease = _log.Granted(asked, granted);
        _tally.Update(0, static (tally, _) => tally.Granted++);
        var register = Requests.Register(granted.LeaseId, application, instance, Interface);
        register.Namespace = _space;
        try
        {
            asked = _log.Now;
            RegisterResponse answer;
            using (_registering.Enter())
            {
                answer = await connection.AskAsync(LeanMethod.Register, register, RegisterResponse.Parser, cancellationToken)
                    .ConfigureAwait(false);
            }

            _log.Registered(asked, lease, register, answer);
        }
        catch (LoadException gone) when (IsUnknownLease(gone))
        {
            // A lease runs from its grant: who takes longer than it lasts to register on it has none.
            JudgeEnd(lease, "a register on a lease that was granted in time is refused");
            return;
        }

        if (number / Options.Interfaces % 2 != 0)
        {
            _tally.Update(0, static (tally, _) => tally.Stopped++);
            return;
        }

        if (!await TryRenewAsync(connection, granted.LeaseId, lease, isStreamed: number % 2 == 0, cancellationToken).ConfigureAwait(false))
            return;
        await LookAsync(connection, application, instance, lease, cancellationToken).ConfigureAwait(false);
        await LeaveAsync(connection, granted.LeaseId, application, instance, lease, cancellationToken).ConfigureAwait(false);
    }

    // False: it was too late, by this side's fault, and the lease is gone.
    private async Task<bool> TryRenewAsync(LeanConnection connection,
        ByteString id, KnownLease lease, bool isStreamed, CancellationToken cancellationToken)
    {
        LeanStream? stream = null;
        for (var i = 0; i < Renewals; i++)
        {
            var due = (Ttl / 3) - Since(lease.Asked);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, cancellationToken).ConfigureAwait(false);
            var asked = _log.Now;
            bool isRenewed;
            if (isStreamed)
            {
                (stream, isRenewed) = await RenewOnStreamAsync(connection, stream, id, (ulong)i + 1, cancellationToken)
                    .ConfigureAwait(false);
            }
            else
            {
                isRenewed = await RenewOnceAsync(connection, id, cancellationToken).ConfigureAwait(false);
            }

            _gaps.Record(Since(lease.Asked));
            if (!isRenewed)
            {
                JudgeEnd(lease, "a lease that was renewed in time is unknown");
                return false;
            }

            lease.Renewed(asked, _log.Now);
            _tally.Update(isStreamed, static (tally, isStreamed) => tally.Renew(isStreamed));
        }

        return true;
    }

    private TimeSpan Since(long moment) => TimeSpan.FromMilliseconds(_log.Now - moment);

    // The server counts from when it got the renewal, which was after it was sent; and it was asked again before this answer came.
    // So within the TTL by this side's clock it was in time by any clock.
    private void JudgeEnd(KnownLease lease, string what)
    {
        if (_log.Now < lease.Deadline)
            throw new LoadException(FailureKind.WrongAnswer, what);
        _tally.Update(0, static (tally, _) => tally.Late++);
    }

    private async Task LookAsync(LeanConnection connection, string application,
        string instance, KnownLease lease, CancellationToken cancellationToken)
    {
        var resolved = await connection.AskAsync(
            LeanMethod.Resolve, new ResolveRequest
            {
                Namespace = _space, Applications = { application }
            }, ResolveResponse.Parser, cancellationToken).ConfigureAwait(false);
        var isInTime = _log.Now < lease.Deadline;
        if (isInTime && !resolved.Applications.SelectMany(a => a.Instances).Any(i => i.Id == instance))
            throw new LoadException(FailureKind.WrongAnswer, "who renewed in time has lost its instance");
    }

    private async Task LeaveAsync(LeanConnection connection,
        ByteString id, string application, string instance, KnownLease lease, CancellationToken cancellationToken)
    {
        var asked = _log.Now;
        var revoked = await connection.AskAsync(LeanMethod.RevokeLease,
            new RevokeLeaseRequest { LeaseId = id }, RevokeLeaseResponse.Parser, cancellationToken)
            .ConfigureAwait(false);
        if (revoked.RemovedInstances != 1)
        {
            JudgeEnd(lease, $"who renewed in time takes its lease back, and {revoked.RemovedInstances} instances are removed");
            return;
        }

        _log.Removed(asked, revoked.Revision, _space, application, instance);
        _tally.Update(0, static (tally, _) => tally.Revoked++);
    }

    // Their builds too: nobody waits for the retention of a server that is not ours.
    private async Task HostsLeaveAsync(string[] hosts, CancellationToken cancellationToken)
    {
        await using var client = await LeanClients.ConnectAsync(Server.GrpcEndPoint, Options.SourceAddresses, cancellationToken)
            .ConfigureAwait(false);
        await client.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = _hosts }, cancellationToken).ConfigureAwait(false);
        foreach (var host in hosts)
        {
            await client.WithdrawBuildsAsync(
                new WithdrawBuildsRequest { Namespace = _space, Application = host, BuildIds = { _build } }, cancellationToken)
                    .ConfigureAwait(false);
        }
    }

    private static string ApplicationOf(int place) => string.Create(CultureInfo.InvariantCulture, $"churn-{place}");

    private static async Task<bool> RenewOnceAsync(LeanConnection connection, ByteString lease, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await connection.AskAsync(LeanMethod.RenewLease,
                new RenewLeaseRequest { LeaseId = lease }, RenewLeaseResponse.Parser, cancellationToken)
                .ConfigureAwait(false);
            return answer.Lost.Count == 0
                ? true : throw new LoadException(FailureKind.WrongAnswer, $"an instance was lost: {answer.Lost[0].Cause}");
        }
        catch (LoadException gone) when (IsUnknownLease(gone))
        {
            return false;
        }
    }

    private static async Task<(LeanStream Stream, bool IsRenewed)> RenewOnStreamAsync(
        LeanConnection connection, LeanStream? stream, ByteString lease, ulong sequence, CancellationToken cancellationToken)
    {
        var request = new RenewLeasesRequest { Sequence = sequence, LeaseIds = { lease } };
        if (stream is null)
            stream = connection.Call(LeanMethod.RenewLeases, request, isLast: false);
        else
            connection.Send(stream, request, isLast: false);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        RenewLeasesResponse answer;
        while (!stream.TryTake(RenewLeasesResponse.Parser, out answer))
        {
            stream.ThrowIfFailed();
            await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
        }

        if (answer.Sequence != sequence || answer.Renewed + answer.UnknownLeaseIds.Count != 1 || answer.Losses.Count != 0)
            throw new LoadException(FailureKind.WrongAnswer, $"one lease was to be renewed, and the answer is {answer}");
        return (stream, answer.Renewed == 1);
    }

    private static bool IsUnknownLease(LoadException failure) => failure.Status == Grpc.Core.StatusCode.NotFound;

    // What the server counted against what was acknowledged to its clients: each lease has ended in one way, and each renewal counts once.
    private async Task<List<string>> CompareCountsAsync(CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        if (Volatile.Read(ref _unknown) > 0)
            return wrong;
        var after = (await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false))["leases"]!;
        var tally = Total;
        long Since(string name) => (long)after[name]! - (long)Before["leases"]![name]!;
        void Same(string what, long expected, long actual)
        {
            if (expected != actual)
                wrong.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{what}: {expected} by the clients' count, {actual} by the server's"));
        }

        Same("leases granted", tally.Granted + 1, Since("granted"));
        Same("leases renewed", tally.Renewed, Since("renewed"));
        Same("leases expired", tally.Stopped + tally.Late, Since("expired"));
        return wrong;
    }

    private sealed class Tally
    {
        public long Granted { get; set; }

        public long Renewed { get; private set; }

        public long Streamed { get; private set; }

        public long Stopped { get; set; }

        public long Revoked { get; set; }

        public long Late { get; set; }

        public void Renew(bool isStreamed)
        {
            Renewed++;
            if (isStreamed)
                Streamed++;
        }

        public void Add(Tally other)
        {
            Granted += other.Granted;
            Renewed += other.Renewed;
            Streamed += other.Streamed;
            Stopped += other.Stopped;
            Revoked += other.Revoked;
            Late += other.Late;
        }
    }
}
