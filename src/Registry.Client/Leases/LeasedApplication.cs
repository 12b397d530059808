using Google.Protobuf;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Leases;

/// <summary>
/// The instances of one application that hang on one lease, and the builds that they run: what is wanted, what the server has confirmed,
/// and the requests that lead from the one to the other, as large as the server's limits allow. What another process has taken over is
/// forgotten for good.
/// </summary>
/// <remarks>
/// What is wanted may be changed from any thread. It is compared with what is confirmed, and never sent along by who changes it: so a change
/// and a registration on a new lease can't overtake each other, and nothing is ever registered twice.
/// </remarks>
internal sealed class LeasedApplication : ILeaseOwner
{
    /// <summary>Instances and builds per request, as the protocol states it.</summary>
    public const int MaxPerRequest = 64;

    // The server takes 1 MiB per change; what a request adds to its items is far below the rest.
    private const int MaxItemBytes = 768 * 1024;

    // Guards _held, its instances and _builds. Nobody reads these without it. A leaf: no other lock is taken under it. Nothing awaits
    // or calls out under it, neither the server nor an observer.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, HeldInstance> _held;
    private readonly Dictionary<string, HeldBuild> _builds = new(StringComparer.Ordinal);

    private readonly Registration.RegistrationClient _client;
    private readonly ILeaseObserver _observer;

    // Which lease the last call of RegisterAsync was about. Only that method, of which one runs at a time, uses it.
    private ByteString? _lease;

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
        _observer = observer;
        _held = new SortedDictionary<string, HeldInstance>(StringComparer.Ordinal);
        foreach (var spec in instances)
        {
            _held.Add(spec.Id, new HeldInstance(spec));
        }

        foreach (var build in builds)
        {
            _builds.TryAdd(build.Id, new HeldBuild(build));
        }
    }

    public string Namespace { get; }

    public string Application { get; }

    /// <summary>The builds that its instances run.</summary>
    public IReadOnlyList<Build> Builds
    {
        get
        {
            lock (_gate)
            {
                return [.. _builds.Values.Select(build => build.Build)];
            }
        }
    }

    /// <summary>How many instances are ours, registered or about to be, and not yet gone again.</summary>
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

    public bool LetGo() => !HoldsAnything;

    /// <summary>Send one instance per request, so that a refusal is about that one.</summary>
    public bool IsOneByOne { get; set; }

    /// <summary>The ids of the instances of the last request, in its order: an error names them by their index.</summary>
    public IReadOnlyList<string> LastSent { get; private set; } = [];

    /// <summary>Wants an instance, in place of one of this id that is leaving or wanted already.</summary>
    /// <param name="spec">The instance.</param>
    /// <param name="build">The build that it runs; null: none, or one that was given before.</param>
    public void Put(InstanceSpec spec, Build? build)
    {
        lock (_gate)
        {
            if (build is not null)
            {
                _builds.TryAdd(build.Id, new HeldBuild(build));
            }

            // Another life, although the id is the same. The one before may be on its way out: if its entry were made good again, the answer
            // to its deregistration would leave an entry that looks registered, and the registry would have nothing of it.
            _held[spec.Id] = new HeldInstance(spec) { WasSent = _held.TryGetValue(spec.Id, out var before) && before.WasSent };
        }
    }

    /// <summary>Changes what is wanted of an instance. False: it is not wanted, or lost.</summary>
    public bool Change(string id, Action<InstanceSpec> change)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(id, out var held) || held.IsLeaving)
            {
                return false;
            }

            // What was sent is never changed: it is compared with what is wanted.
            var spec = held.Spec.Clone();
            change(spec);
            held.Spec = spec;
            return true;
        }
    }

    /// <summary>Wants an instance no more. It counts as held until the server has confirmed that it is gone.</summary>
    public void Remove(string id)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(id, out var held))
            {
                held.IsLeaving = true;
                if (!held.WasSent)
                {
                    _held.Remove(id);
                }
            }
        }
    }

    /// <summary>Forgets an instance that the server has refused.</summary>
    public void Forget(string id)
    {
        lock (_gate)
        {
            _held.Remove(id);

            // A build that was refused with it must not come along with the next.
            foreach (var build in _builds.Values.Where(build => !build.IsDeclared).ToArray())
            {
                if (!_held.Values.Any(held => held.Spec.BuildId == build.Build.Id))
                {
                    _builds.Remove(build.Build.Id);
                }
            }
        }
    }

    /// <summary>
    /// Takes a change back that the server has refused: what is confirmed of the instance is wanted again. False: nothing of it is confirmed.
    /// </summary>
    public bool TakeBack(string id)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(id, out var held) || held is { IsLeaving: true } or { Confirmed: null })
            {
                return false;
            }

            held.Spec = held.Confirmed;
            return true;
        }
    }

    /// <summary>Where an instance stands.</summary>
    public HeldState StateOf(string id)
    {
        lock (_gate)
        {
            return !_held.TryGetValue(id, out var held) ? HeldState.Gone
                : held.IsLeaving ? HeldState.Leaving
                : held.IsUnsettled ? HeldState.Unsettled
                : HeldState.Settled;
        }
    }

    public async Task RegisterAsync(ByteString leaseId, CancellationToken cancellationToken)
    {
        if (_lease is null || !_lease.Equals(leaseId))
        {
            // Another lease: everything anew, the builds too, which may have left the mapping meanwhile.
            _lease = leaseId;
            BeginAnew();
        }

        // Builds that fit go with the first instances, so that a new application appears in one revision.
        long revision = 0;
        LastSent = [];
        var builds = BuildsToSend();
        if (!IsOneByOne && (builds.Count > MaxPerRequest || builds.Sum(build => build.CalculateSize()) > MaxItemBytes / 2))
        {
            revision = await DeclareAsync(builds, cancellationToken).ConfigureAwait(false);
            builds = [];
        }

        while (TakeUnregistered() is { Count: > 0 } lives)
        {
            var request = new RegisterRequest { Namespace = Namespace, Application = Application, LeaseId = leaseId };
            if (IsOneByOne)
            {
                builds = [.. builds.Where(build => build.Id == lives[0].Spec.BuildId)];
            }

            request.Builds.AddRange(builds);
            request.Instances.AddRange(lives.Select(item => item.Spec));
            LastSent = [.. lives.Select(item => item.Spec.Id)];
            var answer = await _client.RegisterAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            revision = answer.Revision;
            Confirm(lives, builds, answer);
            builds = BuildsToSend();
        }

        revision = Math.Max(revision, await UpdateAsync(leaseId, cancellationToken).ConfigureAwait(false));
        revision = Math.Max(revision, await DeregisterAsync(leaseId, cancellationToken).ConfigureAwait(false));
        _observer.OnRegistered(this, revision);
    }

    /// <summary>Nothing comes by itself: what is wanted is what was wanted at the start.</summary>
    public Task MoreAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Declares the builds without instances: the interfaces become known, served by nobody yet.</summary>
    public async Task<long> DeclareAsync(CancellationToken cancellationToken) =>
        await DeclareAsync(BuildsToSend(), cancellationToken).ConfigureAwait(false);

    public void OnLost(IReadOnlyList<LostInstance> lost)
    {
        List<LostInstance> news = [];
        lock (_gate)
        {
            foreach (var instance in lost)
            {
                // Reported for as long as the lease lives, and possibly of an earlier life of an instance that is ours again.
                if (_held.TryGetValue(instance.InstanceId, out var held) && !(held.Incarnation > instance.Incarnation))
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

    private void BeginAnew()
    {
        lock (_gate)
        {
            foreach (var build in _builds.Values)
            {
                build.IsDeclared = false;
            }

            foreach (var held in _held.Values.ToArray())
            {
                held.Incarnation = null;
                held.Confirmed = null;
                held.WasSent = false;
                if (held.IsLeaving)
                {
                    // It hung on the lease that is no more.
                    _held.Remove(held.Spec.Id);
                }
            }
        }
    }

    private List<Build> BuildsToSend()
    {
        lock (_gate)
        {
            return [.. _builds.Values.Where(build => !build.IsDeclared).Select(build => build.Build)];
        }
    }

    private void DeclaredNow(IEnumerable<Build> builds)
    {
        lock (_gate)
        {
            foreach (var build in builds)
            {
                _builds[build.Id].IsDeclared = true;
            }
        }
    }

    private void Confirm(List<(HeldInstance Life, InstanceSpec Spec)> lives, List<Build> builds, RegisterResponse answer)
    {
        DeclaredNow(builds);
        lock (_gate)
        {
            // Whatever the answer lists, all that was sent is confirmed: else an answer that leaves one out would be
            // asked for again for ever.
            foreach (var (life, spec) in lives)
            {
                life.Incarnation = answer.Instances.FirstOrDefault(registered => registered.Id == spec.Id)?.Incarnation ?? 0;
                life.Confirmed = spec;
            }
        }
    }

    private async Task<long> DeclareAsync(List<Build> builds, CancellationToken cancellationToken)
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

        DeclaredNow(builds);
        return revision;
    }

    private List<(HeldInstance Life, InstanceSpec Spec)> TakeUnregistered()
    {
        List<(HeldInstance, InstanceSpec)> lives = [];
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
                if (lives.Count == (IsOneByOne ? 1 : MaxPerRequest) || (bytes > MaxItemBytes && lives.Count > 0))
                {
                    break;
                }

                held.WasSent = true;
                lives.Add((held, held.IsLeaving ? Farewell(held.Spec) : held.Spec));
            }
        }

        return lives;
    }

    // Of one that leaves nobody knows whether an earlier request has brought it there. Only the answer to another one says which life to
    // deregister; without that the deregistration could hit a twin that has taken it over. It must not get calls for it meanwhile.
    private static InstanceSpec Farewell(InstanceSpec leaving)
    {
        var spec = leaving.Clone();
        spec.State = InstanceState.Down;
        return spec;
    }

    // An update, and not another registration: that would take the instance back from whoever has taken it over meanwhile.
    private async Task<long> UpdateAsync(ByteString leaseId, CancellationToken cancellationToken)
    {
        long revision = 0;
        while (Take(held => !held.IsLeaving && held.Incarnation is not null && !held.Spec.Equals(held.Confirmed)) is { } item)
        {
            var request = new UpdateRequest { Namespace = Namespace, Application = Application };
            request.Instances.Add(Patch(item.Confirmed!, item.Spec, item.Incarnation));
            LastSent = [item.Spec.Id];
            try
            {
                revision = (await _client.UpdateAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false)).Revision;
                lock (_gate)
                {
                    item.Life.Confirmed = item.Spec;
                }
            }
            catch (RpcException refusal) when (RegistryFault.From(refusal) is { IsGone: true } fault)
            {
                if (fault.Reason == RegistryFault.InstanceUnknown)
                {
                    // A lease that has run out takes its instances along, and so does a registry that has lost its state. Then nobody has
                    // removed this one, and it comes back with the next lease: the renewal says LEASE_UNKNOWN. Taken for lost here, a drain
                    // or a weight that was set just then would end a registration that should have survived.
                    await _client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = leaseId }, cancellationToken: cancellationToken)
                        .ConfigureAwait(false);
                }

                Lose(item, fault);
            }
        }

        return revision;
    }

    private async Task<long> DeregisterAsync(ByteString leaseId, CancellationToken cancellationToken)
    {
        long revision = 0;
        while (Take(held => held.IsLeaving && held.Incarnation is not null) is { } item)
        {
            var request = new DeregisterRequest { Namespace = Namespace, Application = Application, LeaseId = leaseId };
            request.Instances.Add(new InstanceRef { Id = item.Spec.Id, Incarnation = item.Incarnation });
            LastSent = [item.Spec.Id];
            try
            {
                revision = (await _client.DeregisterAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false)).Revision;
            }
            catch (RpcException refusal) when (RegistryFault.From(refusal).IsGone)
            {
                // Another process's by now: it is not ours to remove.
            }

            lock (_gate)
            {
                if (_held.TryGetValue(item.Spec.Id, out var held) && ReferenceEquals(held, item.Life))
                {
                    _held.Remove(item.Spec.Id);
                }
            }
        }

        return revision;
    }

    // One at a time, so that a refusal is about this one: a process changes few of its own instances at once.
    private Taken? Take(Func<HeldInstance, bool> isWanted)
    {
        lock (_gate)
        {
            return _held.Values.FirstOrDefault(isWanted) is { } held
                ? new Taken(held, held.Spec, held.Confirmed, held.Incarnation!.Value)
                : null;
        }
    }

    private void Lose(Taken item, RegistryFault fault) => OnLost(
    [
        new LostInstance
        {
            Namespace = Namespace,
            Application = Application,
            InstanceId = item.Spec.Id,
            Incarnation = item.Incarnation,
            Cause = fault.Reason == RegistryFault.InstanceUnknown ? LostInstance.Types.Cause.Deregistered : LostInstance.Types.Cause.TakenOver,
        },
    ]);

    private static InstancePatch Patch(InstanceSpec from, InstanceSpec to, long incarnation)
    {
        var patch = new InstancePatch
        {
            Id = to.Id,
            Incarnation = incarnation,
            State = to.State == InstanceState.Unspecified ? InstanceState.Up : to.State,
            Zone = to.Zone,
            BuildId = to.BuildId,
        };
        if (to.HasWeight)
        {
            patch.Weight = to.Weight;
        }

        if (!to.Endpoints.Equals(from.Endpoints))
        {
            patch.Endpoints.AddRange(to.Endpoints);
        }

        patch.RemoveMetadata.AddRange(from.Metadata.Keys.Where(key => !to.Metadata.ContainsKey(key)));
        patch.SetMetadata.Add(to.Metadata);
        return patch;
    }

    // A life as it was when a request was made of it.
    private sealed record Taken(HeldInstance Life, InstanceSpec Spec, InstanceSpec? Confirmed, long Incarnation);

    // One life of an instance: what is answered to a request is about the life that it was made of, not about one that came after it.
    private sealed class HeldInstance(InstanceSpec spec)
    {
        /// <summary>What is wanted.</summary>
        public InstanceSpec Spec { get; set; } = spec;

        /// <summary>What the server has confirmed on the present lease; null: nothing.</summary>
        public InstanceSpec? Confirmed { get; set; }

        /// <summary>Null: not confirmed on the present lease.</summary>
        public long? Incarnation { get; set; }

        /// <summary>A request with it is or was on its way: whether it arrived, only an answer tells.</summary>
        public bool WasSent { get; set; }

        public bool IsLeaving { get; set; }

        public bool IsUnsettled => Incarnation is null || !Spec.Equals(Confirmed);
    }

    private sealed class HeldBuild(Build build)
    {
        public Build Build => build;

        public bool IsDeclared { get; set; }
    }
}

/// <summary>Where an instance stands that is kept registered.</summary>
internal enum HeldState
{
    /// <summary>The server has not confirmed all that is wanted.</summary>
    Unsettled,

    /// <summary>It is wanted no more, and the server has not confirmed yet that it is gone.</summary>
    Leaving,

    /// <summary>It stands in the registry as it is wanted.</summary>
    Settled,

    /// <summary>It is not kept: removed, lost or refused.</summary>
    Gone,
}
