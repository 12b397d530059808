using System.Collections.Immutable;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Interleaving;
using Registry.Core.Leases;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Restoring;
using Registry.Core.Tables;
using Registry.Core.Watching;

namespace Registry.Core;

/// <summary>
/// The registry: who serves which interface, where, and for how long still. Thread safe.
/// </summary>
/// <remarks>
/// <para>
/// Two striped tables. Applications (instances, builds) are the truth; interfaces (which application serves them with which builds)
/// are derived from it. A command changes exactly one application, and what it does to mappings is a union that is made here, under
/// the interfaces' locks, so two applications that declare one interface at the same time can't lose each other's update.
/// </para>
/// <para>
/// A write: admission reserves room in the log; under the application's stripe the command is decided against the present snapshot,
/// and new immutable snapshots are built; the stripes of all interfaces concerned are taken in ascending order; and in the commit
/// section the change gets its revision, goes into the log's queue, becomes visible and is handed to the watchers. After all locks the
/// watchers are woken, and the answer waits until the log says that the revision is kept.
/// </para>
/// <para>
/// A read finds an entry, reads its snapshot once, and takes no lock. A watcher gets what the pump makes of the chain of changes
/// (WatchPump). A lease is one word that renewal and expiry change by compare-and-set (Lease), and an expiry is a write like any other.
/// </para>
/// <para>
/// If this process dies, an acknowledged change is what the log kept; what was visible and not yet acknowledged may be gone. That is
/// why answers wait, and why a history has a name: the epoch.
/// </para>
/// </remarks>
public sealed class ServiceRegistry : IDisposable
{
    // How often a read of several topics starts anew before it asks writers to stand still for a moment.
    private const int MaxReadTries = 8;

    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly StripedTable<ApplicationSnapshot> _applications;
    private readonly StripedTable<MappingSnapshot> _interfaces;
    private readonly CommitSection _commits;
    private readonly IChangeLog _log;
    private readonly ICommandOrder _order;
    private readonly LeaseTable _leases;
    private readonly LeaseClock _leaseClock;
    private readonly LocalLeaseAuthority _leaseAuthority;
    private readonly LeaseDirectory _leaseDirectory;
    private readonly LeaseExpiry _expiry;
    private readonly BuildRetirement _retirement;
    private readonly WatchPump _pump;
    private readonly List<RestoredLease> _restoredLeases;
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _made;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _expiryTimer;
    private ITimer? _tickTimer;
    private int _isRunningExpiry;

    /// <summary>A registry that keeps its state in memory alone.</summary>
    /// <param name="options">Must be valid: see <see cref="RegistryOptions.Validate"/>.</param>
    /// <param name="time">The clock; its monotonic time drives leases, bookmarks and retention. The wall clock decides nothing.</param>
    public ServiceRegistry(RegistryOptions options, TimeProvider time)
        : this(options, time, new MemoryChangeLog(), static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false))
    {
    }

    internal ServiceRegistry(
        RegistryOptions options,
        TimeProvider time,
        IChangeLog log,
        Action<IThreadPoolWorkItem> schedulePump,
        Func<OrderParts, ICommandOrder>? order = null,
        RegistryHistory? history = null,
        StateRestore? restored = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        if (options.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join("; ", errors), nameof(options));

        _options = options;
        _time = time;
        _made = time.GetTimestamp();
        _log = log;
        history ??= RegistryHistory.New();
        Epoch = history.Epoch;
        _applications = restored?.Applications ?? new StripedTable<ApplicationSnapshot>(options.Stripes, LockLevel.ApplicationStripe);
        _interfaces = restored?.Interfaces ?? new StripedTable<MappingSnapshot>(options.Stripes, LockLevel.InterfaceStripe);
        _commits = new CommitSection(log, history, restored?.InstanceCount ?? 0, restored?.UnleasedCount ?? 0);
        _leases = new LeaseTable(options.Leases.MaxLeases);
        _leaseClock = new LeaseClock(time);
        _leaseAuthority = new LocalLeaseAuthority(_leases, options.Leases.MaxLeases);
        _leaseDirectory = new LeaseDirectory(_leases, _leaseClock, _applications);
        _pump = new WatchPump(_applications, _interfaces, _commits, history, options.Watching, time, WatchCounters, schedulePump, Fail);
        var applier = new Applier(_interfaces, _commits, options.UnmappedInterfaces);
        var parts = new OrderParts(_applications, applier, log, _leases, _leaseClock, options.Limits, new AfterCommit(this));
        _order = order?.Invoke(parts) ?? new LocalCommandOrder(parts);
        _expiry = new LeaseExpiry(
            _leases, _leaseClock, options.Leases, _leaseAuthority, _order, LeasedOf, () => _commits.InstanceCount - _commits.UnleasedCount, LeaseCounters);
        _retirement = new BuildRetirement(_order, time, options.Limits.BuildRetention);
        _restoredLeases = LeaseRestore.Run(_applications, _leases, _leaseClock.Now);
        _retirement.AddIdle(_applications.ReadAll());
    }

    /// <summary>Names the history that this registry's revisions belong to.</summary>
    public string Epoch { get; }

    /// <summary>The newest revision that is visible in all its topics.</summary>
    public long Revision => _commits.PublishedRevision;

    /// <summary>How long this registry has existed.</summary>
    public TimeSpan Uptime => _time.GetElapsedTime(_made);

    /// <summary>The instances of all applications, in all states.</summary>
    public int InstanceCount => _commits.InstanceCount;

    /// <summary>The leases that live.</summary>
    public int LeaseCount => _leases.Count;

    /// <summary>What the watching has done, and how its streams stand.</summary>
    public WatchCounters WatchCounters { get; } = new();

    /// <summary>What happened to leases.</summary>
    public LeaseCounters LeaseCounters { get; } = new();

    /// <summary>
    /// Faults when a part of the registry that runs by itself has broken. It must not go on then: its watchers would wait for ever, or
    /// its leases would live for ever.
    /// </summary>
    public Task Failed => _failed.Task;

    /// <summary>All applications at one revision. Thread safe; no writer waits for it.</summary>
    internal RegistryImage TakeImage() => RegistryImage.Take(_applications, _commits);

    internal StripedTable<ApplicationSnapshot> Applications => _applications;

    internal StripedTable<MappingSnapshot> Interfaces => _interfaces;

    internal CommitSection Commits => _commits;

    internal LeaseTable Leases => _leases;

    internal LeaseExpiry Expiry => _expiry;

    internal BuildRetirement Retirement => _retirement;

    internal WatchPump Pump => _pump;

    internal RegistryOptions Options => _options;

    /// <summary>
    /// Starts what runs by itself: expiry, retention, bookmarks. Before it, no lease ends; what was restored counts its time from here. Once.
    /// </summary>
    public void Start()
    {
        _expiry.Begin();
        StartRestored();
        _expiryTimer = _time.CreateTimer(static state => ((ServiceRegistry)state!).RunExpiry(), this, _options.Leases.ScanInterval, _options.Leases.ScanInterval);
        var tick = WatchPump.TickInterval(_options.Watching);
        _tickTimer = _time.CreateTimer(
            static state => ((ServiceRegistry)state!)._pump.Post(new PumpRequest(PumpRequestKind.Tick, null)), this, tick, tick);
    }

    /// <summary>
    /// Carries a command out. Completes when the change is visible and kept, "nothing to do" included: the try before may have made the
    /// change and timed out on its way to the disk. Refusals are values; nothing was changed then, but for STORAGE_FAILED.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Stops the waiting; a change that was committed stays.</param>
    /// <exception cref="OperationCanceledException">The caller stopped waiting: the outcome is not known.</exception>
    public async ValueTask<CommandOutcome> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        var outcome = await _order.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
        if (outcome.Refusal is not null)
            return outcome;

        // An application that is not there (any more) names no revision; the one at which it went may still be on its way to the disk.
        var failure = await _log.WaitDurableAsync(outcome.Revision > 0 ? outcome.Revision : Revision, cancellationToken).ConfigureAwait(false);
        return failure is null ? outcome : CommandOutcome.Refused(failure);
    }

    /// <summary>Grants a lease.</summary>
    /// <param name="ttl">Null: the default.</param>
    /// <param name="owner">The identity that takes it; empty: the anonymous one.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    public async ValueTask<LeaseGrant> GrantLeaseAsync(TimeSpan? ttl, string owner, CancellationToken cancellationToken)
    {
        var options = _options.Leases;
        var length = ttl ?? options.DefaultTtl;
        if (length < options.MinTtl || length > options.MaxTtl)
        {
            return new LeaseGrant(
                RegistryError.Invalid(
                    "ttl_millis", $"is {length.TotalMilliseconds:0}; {options.MinTtl.TotalMilliseconds:0} to {options.MaxTtl.TotalMilliseconds:0} are allowed"),
                default,
                default);
        }

        var lease = new Lease(LeaseId.NewRandom(), length, owner, _leaseClock.Now);
        if (await _leaseAuthority.GrantAsync(lease, cancellationToken).ConfigureAwait(false) is { } refusal)
            return new LeaseGrant(refusal, default, default);
        _expiry.Add(lease);
        LeaseCounters.Granted();
        return new LeaseGrant(null, lease.Id, length);
    }

    /// <summary>Renews a lease. Answers at once, whatever the log does. NOT_FOUND: it has expired, and was not renewed.</summary>
    /// <param name="id">The lease.</param>
    /// <param name="owner">The identity that renews.</param>
    public LeaseRenewal RenewLease(LeaseId id, string owner)
    {
        if (!_leases.TryGet(id, out var lease))
            return new LeaseRenewal(RegistryError.LeaseUnknown("lease_id"), default, []);
        if (lease.Owner != owner)
            return new LeaseRenewal(RegistryError.OwnerMismatch("lease_id"), default, []);

        if (!lease.TryRenew(_leaseClock.Now, out var wasOverdue))
            return new LeaseRenewal(RegistryError.LeaseUnknown("lease_id"), default, []);
        if (wasOverdue)
            _expiry.RefreshSuspicion(lease);
        LeaseCounters.Renewed();
        return new LeaseRenewal(null, lease.Ttl, lease.ReadLosses());
    }

    /// <summary>
    /// Ends a lease and removes what it holds. Unknown or ended: fine, nothing to do; but the try before may have timed out on its way
    /// to the disk, so this answer waits as well.
    /// </summary>
    /// <param name="id">The lease.</param>
    /// <param name="owner">The identity that gives it back.</param>
    /// <param name="cancellationToken">Stops the waiting for the log; what was begun is carried to its end.</param>
    public async ValueTask<LeaseRevocation> RevokeLeaseAsync(LeaseId id, string owner, CancellationToken cancellationToken)
    {
        if (!_leases.TryGet(id, out var lease))
            return new LeaseRevocation(await _log.WaitDurableAsync(Revision, cancellationToken).ConfigureAwait(false), 0, 0);
        if (lease.Owner != owner)
            return new LeaseRevocation(RegistryError.OwnerMismatch("lease_id"), 0, 0);

        return await RevokeAsync(lease, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a lease by an operator's wish and removes what it holds. NOT_FOUND, LEASE_AMBIGUOUS: nothing was changed.</summary>
    /// <param name="publicId">Its public id, or the beginning of it that no other lease has.</param>
    /// <param name="cancellationToken">Stops the waiting for the log; what was begun is carried to its end.</param>
    /// <returns>What became of it, and the whole public id.</returns>
    public async ValueTask<(LeaseRevocation Revocation, PublicLeaseId Id)> RevokeLeaseOfAsync(string publicId, CancellationToken cancellationToken)
    {
        if (_leaseDirectory.TryFind(publicId, out var lease) is { } refusal)
            return (new LeaseRevocation(refusal, 0, 0), default);
        return (await RevokeAsync(lease!, cancellationToken).ConfigureAwait(false), lease!.PublicId);
    }

    /// <summary>The leases that live, in the order of their public ids. No snapshot: leases come and go meanwhile.</summary>
    /// <param name="application">Only those that hold an instance of this application; null: all.</param>
    /// <param name="after">Only ids after this one; null: from the start.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<LeaseDescription> ListLeases(QualifiedName? application, PublicLeaseId? after, int count) =>
        _leaseDirectory.List(application, after, count);

    /// <summary>Counts what there is. Goes through all instances: for people, and not for each request.</summary>
    public RegistryCensus CountAll()
    {
        var (applications, unleased) = (0, 0);
        var states = new int[Enum.GetValues<InstanceState>().Length];
        foreach (var application in _applications.ReadAll())
        {
            applications++;
            unleased += application.UnleasedCount;
            foreach (var instance in application.Instances)
                states[(int)instance.State]++;
        }

        return new RegistryCensus(
            applications,
            _interfaces.ReadAll().Count(),
            states[(int)InstanceState.Up],
            states[(int)InstanceState.Draining],
            states[(int)InstanceState.Suspect],
            states[(int)InstanceState.Down],
            unleased);
    }

    /// <summary>The mapping of one interface as it stands. An interface that nobody declares: an absent snapshot.</summary>
    public MappingSnapshot ReadInterface(QualifiedName name) => _interfaces.Read(name) ?? MappingSnapshot.Absent(name);

    /// <summary>One application as it stands. One that nobody knows: an absent snapshot.</summary>
    public ApplicationSnapshot ReadApplication(QualifiedName name) => _applications.Read(name) ?? ApplicationSnapshot.Absent(name);

    /// <summary>
    /// Reads mappings, the applications that they map to, and further applications, all at one revision.
    /// </summary>
    /// <remarks>
    /// A snapshot becomes visible just before its revision is published. So: take the published revision P, read; if nothing that
    /// was read is newer than P, all of it stands at P. A name that is not there carries no revision to compare: it may have been
    /// removed and forgotten since. Then P must still be the published revision. After some tries the references are collected while
    /// no commit runs.
    /// </remarks>
    public TopicsAtRevision ReadTogether(IReadOnlyCollection<QualifiedName> interfaces, IReadOnlyCollection<QualifiedName> applications)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        ArgumentNullException.ThrowIfNull(applications);
        for (var i = 0; i < MaxReadTries; i++)
        {
            var published = Revision;
            YieldPoint.Reach(YieldPoint.PublishedRead);
            var topics = Collect(interfaces, applications, published, out var stands);
            if (stands || (topics is not null && Revision == published))
                return topics!;
        }

        TopicsAtRevision? collected = null;
        var revision = _commits.ReadStandingStill(() => collected = Collect(interfaces, applications, long.MaxValue, out _));
        return collected! with { Revision = revision };
    }

    /// <summary>The interfaces of a namespace that are mapped, in ordinal order of their names.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="prefix">Only names that start so.</param>
    /// <param name="after">Only names after this one; empty: from the start.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<MappingSnapshot> ListInterfaces(string @namespace, string prefix, string after, int count) =>
        List(_interfaces, @namespace, prefix, after, count);

    /// <summary>The applications of a namespace, in ordinal order of their names.</summary>
    /// <inheritdoc cref="ListInterfaces" path="/param"/>
    public IReadOnlyList<ApplicationSnapshot> ListApplications(string @namespace, string prefix, string after, int count) =>
        List(_applications, @namespace, prefix, after, count);

    /// <summary>
    /// Makes a stream of changes, which begins with <see cref="WatchStream.Open"/>: the sink can know its stream before the first batch
    /// comes. Close it before the sink's resources go.
    /// </summary>
    /// <param name="sink">Where the batches go.</param>
    public WatchStream CreateWatch(IWatchSink sink) => new(_pump, sink);

    /// <summary>Stops what runs by itself. Streams should be closed before. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_stopping.IsCancellationRequested)
            return;
        _expiryTimer?.Dispose();
        _tickTimer?.Dispose();
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async ValueTask<LeaseRevocation> RevokeAsync(Lease lease, CancellationToken cancellationToken)
    {
        var (refusal, revision, removed) = await _expiry.RevokeAsync(lease).ConfigureAwait(false);
        refusal ??= await _log.WaitDurableAsync(revision > 0 ? revision : Revision, cancellationToken).ConfigureAwait(false);
        return new LeaseRevocation(refusal, revision, removed);
    }

    private static List<T> List<T>(StripedTable<T> table, string @namespace, string prefix, string after, int count)
        where T : TopicSnapshot
    {
        // The first `count` names in order, without sorting them all: the heap keeps the smallest, its top is the largest of these.
        var heap = new PriorityQueue<T, string>(Comparer<string>.Create(static (a, b) => string.CompareOrdinal(b, a)));
        foreach (var snapshot in table.ReadAll())
        {
            var name = snapshot.Topic.Name;
            if (name.Namespace != @namespace || !name.Name.StartsWith(prefix, StringComparison.Ordinal) || string.CompareOrdinal(name.Name, after) <= 0)
                continue;
            if (heap.Count < count)
                heap.Enqueue(snapshot, name.Name);
            else
                heap.EnqueueDequeue(snapshot, name.Name);
        }

        var page = new List<T>(heap.Count);
        while (heap.TryDequeue(out var snapshot, out _))
            page.Add(snapshot);
        page.Reverse();
        return page;
    }

    // Null: something is newer than `published`. Stands: nothing is, and nothing is missing.
    private TopicsAtRevision? Collect(
        IReadOnlyCollection<QualifiedName> interfaces, IReadOnlyCollection<QualifiedName> applications, long published, out bool stands)
    {
        stands = false;
        var isComplete = true;
        var mappings = ImmutableArray.CreateBuilder<MappingSnapshot>(interfaces.Count);

        // The applications of one mapping are all different; only where several come together one may be named twice.
        ICollection<QualifiedName> wanted = interfaces.Count == 1 && applications.Count == 0
            ? new List<QualifiedName>()
            : new HashSet<QualifiedName>(applications);
        foreach (var name in interfaces)
        {
            var mapping = ReadInterface(name);
            if (mapping.Revision > published)
                return null;
            isComplete &= mapping.Revision > 0;
            mappings.Add(mapping);
            foreach (var mapped in mapping.Applications)
                wanted.Add(new QualifiedName(name.Namespace, mapped.Application));
        }

        var read = ImmutableArray.CreateBuilder<ApplicationSnapshot>(wanted.Count);
        foreach (var name in wanted)
        {
            var application = ReadApplication(name);
            if (application.Revision > published)
                return null;
            isComplete &= application.Revision > 0;
            read.Add(application);
        }

        stands = isComplete;
        return new TopicsAtRevision(published, mappings.DrainToImmutable(), read.DrainToImmutable());
    }

    // Nobody could renew while the server was down, nor while it read its log.
    private void StartRestored()
    {
        var now = _leaseClock.Now;
        foreach (var (lease, hasSuspects) in _restoredLeases)
        {
            lease.Extend(now, lease.Ttl > _options.Leases.RestartGrace ? lease.Ttl : _options.Leases.RestartGrace);
            _expiry.Add(lease);
            if (hasSuspects)
                _expiry.RefreshSuspicion(lease);
        }

        _restoredLeases.Clear();
    }

    private int LeasedOf(QualifiedName application) =>
        _applications.Read(application) is { } snapshot ? snapshot.Instances.Length - snapshot.UnleasedCount : 0;

    private void RunExpiry()
    {
        // A run that takes longer than the interval is not joined by another one.
        if (Interlocked.Exchange(ref _isRunningExpiry, 1) == 1)
            return;
        _ = RunExpiryAsync();
    }

    private async Task RunExpiryAsync()
    {
        try
        {
            await _expiry.RunAsync(_stopping.Token).ConfigureAwait(false);
            await _retirement.RunAsync(_stopping.Token).ConfigureAwait(false);
            Volatile.Write(ref _isRunningExpiry, 0);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
        {
            // The registry was disposed meanwhile.
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private void Fail(Exception failure) => _failed.TrySetException(failure);

    private sealed class AfterCommit(ServiceRegistry registry) : ICommitListener
    {
        public void OnCommitted(AppliedChange applied, Lease? attachedTo)
        {
            registry._pump.Wake();
            foreach (var build in applied.Prepared.IdleBuilds)
                registry._retirement.Add(applied.Prepared.Change.Application, build);
            if (applied.EndedSuspicion)
                registry._expiry.RefreshSuspicion(attachedTo!);
        }
    }
}
