using Registry.LoadTests.Clients;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Scenarios;

/// <summary>
/// Does the registry stand it when every request opens a new client? Each attempt is one <see cref="Visit"/>. With a shared client it is
/// <c>pooled_client</c>: what is it worth when the callers do better?
/// </summary>
internal sealed class NewClientPerRequest(ServerUnderLoad server, string name, IClientSource clients, LoadOptions options)
    : ScenarioRun(server, name, clients.Name, options)
{
    private const long HostLeaseMillis = 3_600_000;

    private readonly Ledger _ledger = new();
    private readonly Gauges _gauges = new();
    private readonly Place[] _places = [.. Enumerable.Range(0, options.Interfaces).Select(i => new Place(i))];
    private Visit? _visit;
    private int _visits = -1;

    /// <summary>Who has always been there is there before anybody comes.</summary>
    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _visit = new Visit(clients, _places, _ledger, _gauges);
        await using var client = await clients.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var lease = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = HostLeaseMillis }, cancellationToken).ConfigureAwait(false);
        foreach (var place in _places)
        {
            var request = Requests.Register(lease.LeaseId, place.Host, Place.HostInstance, place.Interface);
            var answer = await client.RegisterAsync(request, cancellationToken).ConfigureAwait(false);
            _ledger.Log.Add(Change.OfOne(answer.Revision, place.Host, Requests.Registered(request, answer), [place.Interface]));
            place.Acknowledge(answer.Revision);
        }
    }

    protected override async Task AttemptAsync(CancellationToken cancellationToken)
    {
        using var visiting = _gauges.Visiting.Enter();
        await _visit!.RunAsync(Interlocked.Increment(ref _visits), cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await clients.DisposeAsync().ConfigureAwait(false);
    }

    protected override async Task<AuditResult> AuditAsync(CancellationToken cancellationToken)
    {
        var audit = await VisitAudit.CheckAsync(Server, _places, _ledger, cancellationToken).ConfigureAwait(false);

        // The server hears of a reset connection when it hears of it.
        return audit + AuditResult.OfLeftBehind(await NamespaceAudit.ComesBackAsync(
            Server, Before, [("watches", "streams"), ("watches", "subscriptions")], TimeSpan.FromSeconds(20), cancellationToken)
                .ConfigureAwait(false));
    }

    protected override Task<RowResult> CompleteAsync(RowResult result, CancellationToken cancellationToken)
    {
        var (broken, watches) = _ledger.Log.Check(Epoch, isQuiet: false);
        return Task.FromResult(result with
        {
            PeakRegistrations = _gauges.Registering.Peak,
            BrokenPromises = broken,
            CheckedWatches = watches,
        });
    }
}
