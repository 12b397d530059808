using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
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
/// When a whole data centre registers at once, is everybody there, and when all leave, is nobody left? Each attempt is a new connection
/// that takes a lease and registers several instances for interfaces that many share, and goes. Afterwards all of them are looked for,
/// then all deregister, and nothing may be there. A few watch all the time.
/// </summary>
internal sealed class RegistrationStorm(ServerUnderLoad server, IClientSource clients, LoadOptions options)
    : ScenarioRun(server, Name, clients.Name, options)
{
    public const string Name = "registration_storm";

    private const int InstancesEach = 8;

    // How many may stand in the end: the server and the audit have to hold them all.
    private const int MostApplications = 20_000;

    private const int Watchers = 8;
    private const long LeaseMillis = 3_600_000;

    private readonly string _space = NamespaceAudit.NewNamespace();
    private readonly ChangeLog _log = new();
    private readonly Gauge _registering = new();
    private readonly ConcurrentDictionary<int, Standing> _standing = new();
    private IReadOnlyList<WatchConnection> _watching = [];
    private int _next = -1;
    private TimeSpan _leaving;
    private int _left;

    /// <inheritdoc/>
    protected override bool IsDone => Volatile.Read(ref _next) >= MostApplications - 1;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        foreach (var watching in _watching)
            await watching.DisposeAsync().ConfigureAwait(false);
        await clients.DisposeAsync().ConfigureAwait(false);
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var watchers = Enumerable.Range(0, Math.Min(Watchers, Options.Interfaces)).Select(i => new Watcher(
            new Open { Client = "load", Subscriptions = { new Subscribe { Id = 1, Namespace = _space, Interface = InterfaceOf(i) } } },
            new WireWatch(_log.Recorder, string.Create(CultureInfo.InvariantCulture, $"watcher-{i}"))));
        _watching = await WatchConnection.OpenManyAsync(Server.GrpcEndPoint, Options.SourceAddresses, watchers.Chunk(1), cancellationToken)
            .ConfigureAwait(false);
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _next);
        var application = string.Create(CultureInfo.InvariantCulture, $"storm-{number}");
        string[] interfaces = [InterfaceOf(number), InterfaceOf(number + 1)];
        await using var client = await clients.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var lease = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = LeaseMillis }, cancellationToken)
            .ConfigureAwait(false);
        var request = Requests.RegisterMany(_space, lease.LeaseId, application, InstancesEach, interfaces.Distinct());
        RegisterResponse answer;
        using (_registering.Enter())
            answer = await _log.AskAsync(client.RegisterAsync(request, cancellationToken)).ConfigureAwait(false);
        var instances = Requests.AllRegistered(request, answer);
        _log.Add(new Change(answer.Revision, _space, application, instances, request.Builds[0].Interfaces, instances[0].BuildId));
        _standing[number] = new Standing(application, lease.LeaseId, [.. request.Builds[0].Interfaces], instances);
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        var standing = _standing.Values;
        var audit = AuditResult.Clean;

        // Where an outcome is unknown, nobody can say what must be there.
        if (_log.Unknown == 0)
        {
            var interfaces = standing.SelectMany(s => s.Interfaces.Select(i => (Interface: i, s.Application)))
                .GroupBy(p => p.Interface, p => p.Application, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
            audit += await NamespaceAudit.CheckAsync(
                Server, _space, standing.ToDictionary(s => s.Application, _ =>
                    InstancesEach, StringComparer.Ordinal), interfaces, TimeSpan.Zero, cancellationToken)
                .ConfigureAwait(false);
        }

        var start = TimeProvider.System.GetTimestamp();
        var at = new ParallelOptions { MaxDegreeOfParallelism = Options.Clients, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(standing, at, async (one, token) => await CountAsync(t => LeaveAsync(one, t), token)
            .ConfigureAwait(false)).ConfigureAwait(false);
        _leaving = TimeProvider.System.GetElapsedTime(start);
        _left = standing.Count;

        if (_log.Unknown == 0)
        {
            audit += await NamespaceAudit.IsEmptyAsync(Server, _space, TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
        }

        // One more second, in which the watchers read what is on its way.
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
        foreach (var watching in _watching)
            await watching.DisposeAsync().ConfigureAwait(false);
        return audit + AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server,
            Before,
            NamespaceAudit.Usual,
            TimeSpan.FromSeconds(_log.Unknown == 0 ? 20 : 0),
            cancellationToken).ConfigureAwait(false));
    }

    protected override Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var (broken, watches) = _log.Check(Epoch, isQuiet: false);
        return Task.FromResult(result with
        {
            BrokenPromises = broken,
            CheckedWatches = watches,
            PeakRegistrations = _registering.Peak,
            Duration = result.Duration + _leaving,
            Figures =
            [
                ("registrations per second", Figure.PerSecond(_standing.Count, result.Duration)),
                ("instances per second", Figure.PerSecond((long)_standing.Count * InstancesEach, result.Duration)),
                ("instances that stood at once", Figure.Count((long)_standing.Count * InstancesEach)),
                ("leavings per second", Figure.PerSecond(_left, _leaving)),
            ],
        });
    }

    private string InterfaceOf(int number) => string.Create(CultureInfo.InvariantCulture, $"load.Storm{number % Options.Interfaces}");

    // Instances first, then the build, then the lease: each as its owner would, on a connection of its own.
    private async Task LeaveAsync(Standing one, CancellationToken cancellationToken)
    {
        await using var client = await clients.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var deregister = new DeregisterRequest { Namespace = _space, Application = one.Application, LeaseId = one.Lease };
        deregister.Instances.Add(one.Instances.Select(i => new InstanceRef { Id = i.Id, Incarnation = i.Incarnation }));
        var gone = await _log.AskAsync(client.DeregisterAsync(deregister, cancellationToken)).ConfigureAwait(false);
        if (gone.Removed != InstancesEach)
            throw new LoadException(FailureKind.WrongAnswer, $"{InstancesEach} instances were deregistered, and {gone.Removed} removed");
        _log.Add(new Change(gone.Revision, _space, one.Application, [], null, null));

        var withdraw = new WithdrawBuildsRequest
        {
            Namespace = _space, Application = one.Application, BuildIds = { one.Instances[0].BuildId }
        };
        var withdrawn = await _log.AskAsync(client.WithdrawBuildsAsync(withdraw, cancellationToken)).ConfigureAwait(false);
        _log.Add(new Change(withdrawn.Revision, _space, one.Application, [], one.Interfaces, null));

        var revoked = await client.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = one.Lease }, cancellationToken)
            .ConfigureAwait(false);
        if (revoked.RemovedInstances != 0)
            throw new LoadException(FailureKind.WrongAnswer,
                $"a lease that holds nothing any more was taken back, and {revoked.RemovedInstances} were removed");
    }

    private sealed record Standing(string Application, ByteString Lease, string[] Interfaces, IReadOnlyList<Instance> Instances);
}
