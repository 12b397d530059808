using System.Globalization;
using Google.Protobuf;
using Registry.LoadMeasuring;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Scenarios;

/// <summary>
/// When very many short leases run out and are renewed at the same time, does anybody who renewed in time lose an instance, and is
/// everybody gone who stopped? Each attempt is one life: a new connection, the shortest lease there is, one instance of an application
/// that many share. Every other one renews for a while, in turn by single calls and on the stream of renewals, looks for its instance
/// and leaves; the rest vanish without a word.
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

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly Gauge _registering = new();
    private readonly LatencyRecorder _gaps = new();
    private readonly Striped<Tally> _tally = new(() => new Tally());
    private int _next = -1;
    private long _unknown;

    protected override Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
            throw;
        }
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        // Who stopped last is overdue after the TTL, and gone after the bound, which another server may have at a minute.
        var patience = Ttl + TimeSpan.FromSeconds(Server.IsOurs ? 15 : 120);
        var audit = await NamespaceAudit.IsEmptyAsync(Server, _space, patience, cancellationToken).ConfigureAwait(false);
        audit += AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server, Before, [("leases", "active"), ("", "instances")], TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false));
        return audit + AuditResult.OfLostUpdates(await CompareCountsAsync(cancellationToken).ConfigureAwait(false));
    }

    protected override async Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var tally = Total;
        var after = await Server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false);
        long Since(string name) => (long)after["leases"]![name]! - (long)Before["leases"]![name]!;
        var gaps = _gaps.Snapshot();
        return result with
        {
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
        var application = string.Create(CultureInfo.InvariantCulture, $"churn-{number % Options.Interfaces}");
        var instance = string.Create(CultureInfo.InvariantCulture, $"i{number}");
        var sent = TimeProvider.System.GetTimestamp();
        var lease = await connection.AskAsync(
            LeanMethod.GrantLease, new GrantLeaseRequest
            {
                TtlMillis = (long)Ttl.TotalMilliseconds
            }, GrantLeaseResponse.Parser, cancellationToken).ConfigureAwait(false);
        _tally.Update(0, static (tally, _) => tally.Granted++);
        var register = Requests.Register(lease.LeaseId, application, instance, "load.Churn");
        register.Namespace = _space;
        try
        {
            using (_registering.Enter())
                await connection.AskAsync(LeanMethod.Register, register, RegisterResponse.Parser, cancellationToken).ConfigureAwait(false);
        }
        catch (LoadException gone) when (IsUnknownLease(gone))
        {
            // A lease runs from its grant: who takes longer than it lasts to register on it has none.
            JudgeEnd(sent, "a register on a lease that was granted in time is refused");
            return;
        }

        if (number / Options.Interfaces % 2 != 0)
        {
            _tally.Update(0, static (tally, _) => tally.Stopped++);
            return;
        }

        var last = await RenewAsync(connection, lease.LeaseId, sent, isStreamed: number % 2 == 0, cancellationToken).ConfigureAwait(false);
        if (last is not { } renewed)
            return;
        await LookAsync(connection, application, instance, renewed, cancellationToken).ConfigureAwait(false);
        await LeaveAsync(connection, lease.LeaseId, renewed, cancellationToken).ConfigureAwait(false);
    }

    // When the last acknowledged renewal was sent; null: it was too late, by this side's fault, and the lease is gone.
    private async Task<long?> RenewAsync(LeanConnection connection,
        ByteString lease, long sent, bool isStreamed, CancellationToken cancellationToken)
    {
        LeanStream? stream = null;
        for (var i = 0; i < Renewals; i++)
        {
            var due = (Ttl / 3) - TimeProvider.System.GetElapsedTime(sent);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, cancellationToken).ConfigureAwait(false);
            var now = TimeProvider.System.GetTimestamp();
            bool isRenewed;
            if (isStreamed)
            {
                (stream, isRenewed) = await RenewOnStreamAsync(connection, stream, lease, (ulong)i + 1, cancellationToken)
                    .ConfigureAwait(false);
            }
            else
            {
                isRenewed = await RenewOnceAsync(connection, lease, cancellationToken).ConfigureAwait(false);
            }

            _gaps.Record(TimeProvider.System.GetElapsedTime(sent));
            if (!isRenewed)
            {
                JudgeEnd(sent, "a lease that was renewed in time is unknown");
                return null;
            }

            sent = now;
            _tally.Update(isStreamed, static (tally, isStreamed) => tally.Renew(isStreamed));
        }

        return sent;
    }

    // The server counts from when it got the renewal, which was after it was sent; and it was asked again before this answer came.
    // So within the TTL by this side's clock it was in time by any clock.
    private void JudgeEnd(long sent, string what)
    {
        if (TimeProvider.System.GetElapsedTime(sent) < Ttl)
            throw new LoadException(FailureKind.WrongAnswer, what);
        _tally.Update(0, static (tally, _) => tally.Late++);
    }

    private async Task LookAsync(LeanConnection connection, string application,
        string instance, long renewed, CancellationToken cancellationToken)
    {
        var resolved = await connection.AskAsync(
            LeanMethod.Resolve, new ResolveRequest
            {
                Namespace = _space, Applications = { application }
            }, ResolveResponse.Parser, cancellationToken).ConfigureAwait(false);
        var isInTime = TimeProvider.System.GetElapsedTime(renewed) < Ttl;
        if (isInTime && !resolved.Applications.SelectMany(a => a.Instances).Any(i => i.Id == instance))
            throw new LoadException(FailureKind.WrongAnswer, "who renewed in time has lost its instance");
    }

    private async Task LeaveAsync(LeanConnection connection, ByteString lease, long renewed, CancellationToken cancellationToken)
    {
        var revoked = await connection.AskAsync(LeanMethod.RevokeLease,
            new RevokeLeaseRequest { LeaseId = lease }, RevokeLeaseResponse.Parser, cancellationToken)
            .ConfigureAwait(false);
        if (revoked.RemovedInstances == 1)
            _tally.Update(0, static (tally, _) => tally.Revoked++);
        else
            JudgeEnd(renewed, $"who renewed in time takes its lease back, and {revoked.RemovedInstances} instances are removed");
    }

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

        Same("leases granted", tally.Granted, Since("granted"));
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
