using Google.Protobuf;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Leases;

/// <summary>
/// The instances of one application that hang on one lease, and the builds that they run. Registers them in requests that
/// the server's limits allow, and forgets for good what another process has taken over.
/// </summary>
internal sealed class LeasedApplication : ILeaseOwner
{
    /// <summary>Instances and builds per request, as the protocol states it.</summary>
    public const int MaxPerRequest = 64;

    // The server takes 1 MiB per change; what a request adds to its items is far below the rest.
    private const int MaxItemBytes = 768 * 1024;

    // Locking
    //   _gate     guards _held and _lost. Taken for a moment, never over a call or an observer.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, HeldInstance> _held;
    private readonly HashSet<(string Id, long Incarnation)> _lost = [];

    private readonly Registration.RegistrationClient _client;
    private readonly ILeaseObserver _observer;

    // Which lease and builds the last call of RegisterAsync was about. Only that method, of which one runs at a time, uses them.
    private ByteString? _lease;
    private bool _buildsDeclared;

    public LeasedApplication(
        Registration.RegistrationClient client,
        string @namespace,
        string application,
        IEnumerable<InstanceSpec> instances,
        IEnumerable<Build> builds,
        ILeaseObserver observer)
    {
        _client = client;
        Namespace = @namespace;
        Application = application;
        Builds = [.. builds];
        _observer = observer;
        _held = new SortedDictionary<string, HeldInstance>(StringComparer.Ordinal);
        foreach (var spec in instances)
        {
            _held.Add(spec.Id, new HeldInstance(spec));
        }
    }

    public string Namespace { get; }

    public string Application { get; }

    public IReadOnlyList<Build> Builds { get; }

    /// <summary>How many instances are ours, registered or about to be.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _held.Count;
            }
        }
    }

    public bool HoldsAnything => Count > 0;

    /// <summary>The ids of the instances of the last request, in its order: an error names them by their index.</summary>
    public IReadOnlyList<string> LastSent { get; private set; } = [];

    public async Task RegisterAsync(ByteString leaseId, CancellationToken cancellationToken)
    {
        if (_lease is null || !_lease.Equals(leaseId))
        {
            // Another lease: everything anew, the builds too, which may have left the mapping meanwhile.
            _lease = leaseId;
            _buildsDeclared = false;
            lock (_gate)
            {
                foreach (var held in _held.Values)
                {
                    held.Incarnation = null;
                }
            }
        }

        // Builds that fit go with the first instances, so that a new application appears in one revision.
        long revision = 0;
        var builds = BuildsToSend();
        if (builds.Count > 0 && (builds.Count > MaxPerRequest || builds.Sum(build => build.CalculateSize()) > MaxItemBytes / 2))
        {
            revision = await DeclareAsync(builds, cancellationToken).ConfigureAwait(false);
            builds = [];
        }

        while (TakeUnregistered() is { Count: > 0 } specs)
        {
            var request = new RegisterRequest { Namespace = Namespace, Application = Application, LeaseId = leaseId };
            request.Builds.AddRange(builds);
            request.Instances.AddRange(specs);
            LastSent = [.. specs.Select(spec => spec.Id)];
            var answer = await _client.RegisterAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            revision = answer.Revision;
            _buildsDeclared = true;
            builds = [];
            lock (_gate)
            {
                // Whatever the answer lists, all that was sent is confirmed: else an answer that leaves one out would be
                // asked for again for ever.
                foreach (var spec in specs)
                {
                    if (_held.TryGetValue(spec.Id, out var held))
                    {
                        held.Incarnation = answer.Instances.FirstOrDefault(registered => registered.Id == spec.Id)?.Incarnation ?? 0;
                    }
                }
            }
        }

        _observer.OnRegistered(this, revision);
    }

    /// <summary>Declares the builds without instances: the interfaces become known, served by nobody yet.</summary>
    public async Task<long> DeclareAsync(CancellationToken cancellationToken) =>
        await DeclareAsync(Builds, cancellationToken).ConfigureAwait(false);

    public void OnLost(IReadOnlyList<LostInstance> lost)
    {
        List<LostInstance> news = [];
        lock (_gate)
        {
            foreach (var instance in lost)
            {
                // Reported for as long as the lease lives, and possibly of an earlier life of an instance that is ours again.
                if (_lost.Add((instance.InstanceId, instance.Incarnation))
                    && _held.TryGetValue(instance.InstanceId, out var held)
                    && !(held.Incarnation > instance.Incarnation))
                {
                    _held.Remove(instance.InstanceId);
                    news.Add(instance);
                }
            }
        }

        if (news.Count > 0)
        {
            _observer.OnLost(this, news);
        }
    }

    public void OnFailure(RegistryFault fault) => _observer.OnFailure(this, fault);

    public void OnSuccess() => _observer.OnSuccess(this);

    private IReadOnlyList<Build> BuildsToSend() => _buildsDeclared ? [] : Builds;

    private async Task<long> DeclareAsync(IReadOnlyList<Build> builds, CancellationToken cancellationToken)
    {
        long revision = 0;
        for (var start = 0; start < builds.Count;)
        {
            var request = new DeclareBuildsRequest { Namespace = Namespace, Application = Application };
            var bytes = 0;
            while (start < builds.Count && request.Builds.Count < MaxPerRequest)
            {
                bytes += builds[start].CalculateSize();
                if (bytes > MaxItemBytes && request.Builds.Count > 0)
                {
                    break;
                }

                request.Builds.Add(builds[start++]);
            }

            var answer = await _client.DeclareBuildsAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            revision = answer.Revision;
        }

        _buildsDeclared = true;
        return revision;
    }

    private List<InstanceSpec> TakeUnregistered()
    {
        List<InstanceSpec> specs = [];
        var bytes = 0;
        lock (_gate)
        {
            foreach (var held in _held.Values)
            {
                if (held.Incarnation is not null)
                {
                    continue;
                }

                bytes += held.Spec.CalculateSize();
                if (specs.Count == MaxPerRequest || (bytes > MaxItemBytes && specs.Count > 0))
                {
                    break;
                }

                specs.Add(held.Spec);
            }
        }

        return specs;
    }

    private sealed class HeldInstance(InstanceSpec spec)
    {
        public InstanceSpec Spec => spec;

        // Null: not confirmed on the present lease.
        public long? Incarnation { get; set; }
    }
}
