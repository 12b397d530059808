using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Interleaving;
using Registry.Core.Naming;

namespace Registry.Core.Leases;

/// <summary>
/// Ends leases whose time is over, or marks them overdue while the protection holds. One task runs this at a time; it alone owns
/// the queue, the windows and the budgets, so none of them needs a lock. Renewals do not come here: they write the lease's word,
/// and the queue finds out when the lease's old turn comes, once per TTL.
/// </summary>
internal sealed class LeaseExpiry
{
    // How many leases one run looks at: a million that end together are worked off in pieces, and the first of them do not wait
    // for the last to be looked at.
    private const int MaxPerRun = 10_000;

    // Below this the queue is not worth trimming.
    private const int MinTurnsToTrim = 1_024;

    private readonly LeaseTable _leases;
    private readonly LeaseClock _clock;
    private readonly LeaseOptions _options;
    private readonly ILeaseAuthority _authority;
    private readonly ICommandOrder _order;
    private readonly Func<QualifiedName, int> _leasedOf;
    private readonly Func<int> _leasedInAll;
    private readonly ProtectionBudget _budget;

    private readonly ConcurrentQueue<Lease> _granted = new();
    private readonly ConcurrentQueue<Lease> _suspicionsToRefresh = new();
    private readonly ConcurrentQueue<Lease> _revokedInPart = new();
    private readonly PriorityQueue<Lease, long> _turns = new();
    private readonly Queue<Command> _unfinished = new();
    private readonly LeaseCounters _counters;
    private long _lastRun;

    public LeaseExpiry(
        LeaseTable leases,
        LeaseClock clock,
        LeaseOptions options,
        ILeaseAuthority authority,
        ICommandOrder order,
        Func<QualifiedName, int> leasedOf,
        Func<int> leasedInAll,
        LeaseCounters counters)
    {
        _leases = leases;
        _clock = clock;
        _options = options;
        _authority = authority;
        _order = order;
        _leasedOf = leasedOf;
        _leasedInAll = leasedInAll;
        _counters = counters;
        _budget = new ProtectionBudget(options);
        _lastRun = clock.Raw;
    }

    /// <summary>Leases that wait for their turn. For audits.</summary>
    public int TurnCount => _turns.Count;

    /// <summary>Watches over a new lease. Thread safe.</summary>
    public void Add(Lease lease) => _granted.Enqueue(lease);

    /// <summary>
    /// Sees to it that the instances of a lease whose word has changed between active and overdue are marked accordingly. Thread
    /// safe; returns at once, so that a renewal does not wait for the log.
    /// </summary>
    public void RefreshSuspicion(Lease lease) => _suspicionsToRefresh.Enqueue(lease);

    /// <summary>
    /// Ends a lease by its holder's wish and removes what it holds. Thread safe. If the log refuses in the middle, the lease has
    /// ended all the same, and the next runs remove the rest.
    /// </summary>
    /// <returns>The refusal, or the newest revision of the removals (0: there were none) and how many instances left.</returns>
    public async ValueTask<(RegistryError? Refusal, long Revision, int Removed)> RevokeAsync(Lease lease)
    {
        // What has begun is carried to its end: a caller that stops waiting does not leave half of it.
        LeaseWord seen;
        do
        {
            seen = lease.Word;
            if (seen.State == LeaseState.Expired)
                return default;
        }
        while (!await _authority.ClaimExpiredAsync(lease, seen, CancellationToken.None).ConfigureAwait(false));

        YieldPoint.Reach(YieldPoint.RevocationClaimed);
        _leases.Remove(lease);
        long revision = 0;
        var removed = 0;
        foreach (var command in RemovalsOf(lease, ChangeCause.Revoked))
        {
            var outcome = await _order.ExecuteAsync(command, CancellationToken.None).ConfigureAwait(false);
            if (outcome.Refusal is not null)
            {
                _revokedInPart.Enqueue(lease);
                return (outcome.Refusal, revision, removed);
            }

            revision = Math.Max(revision, outcome.Revision);
            removed += outcome.Removed;
        }

        return (null, revision, removed);
    }

    /// <summary>Runs come from now on: what has passed without one was no pause. Before the first run.</summary>
    public void Begin() => _lastRun = _clock.Raw;

    /// <summary>One run. Never two at a time.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        NoticePause();
        while (_granted.TryDequeue(out var granted))
            GiveTurn(granted, granted.Word.Deadline);

        while (_revokedInPart.TryDequeue(out var revoked))
            Finish(RemovalsOf(revoked, ChangeCause.Revoked));

        await FinishAsync(cancellationToken).ConfigureAwait(false);
        var now = _clock.Now;
        for (var looked = 0; looked < MaxPerRun && _turns.TryPeek(out var lease, out var due) && due <= now; looked++)
        {
            _turns.Dequeue();
            if (lease.Turn != due)
                continue;
            await LookAtAsync(lease, now, cancellationToken).ConfigureAwait(false);
        }

        while (_suspicionsToRefresh.TryDequeue(out var changed))
        {
            // It was to be looked at when its protection ends. If it was renewed, its TTL counts, which may be much shorter.
            if (changed.Word is { State: LeaseState.Active } word && word.Deadline < changed.Turn)
                GiveTurn(changed, word.Deadline);
            Finish(CommandsFor(changed, (application, ids) => new RefreshSuspicionCommand(application, changed, ids)));
        }

        await FinishAsync(cancellationToken).ConfigureAwait(false);
        _budget.Trim(now);
        TrimTurns();
    }

    private void GiveTurn(Lease lease, long due)
    {
        lease.Turn = due;
        _turns.Enqueue(lease, due);
    }

    // A lease that was revoked keeps its place in the queue until its turn, which may be a day away: who grants and revokes in a loop
    // would fill the memory beside every limit. Rebuilt when most of the queue is of that kind, so it costs little per lease.
    private void TrimTurns()
    {
        if (_turns.Count < MinTurnsToTrim || _turns.Count / 2 < _leases.Count)
            return;
        var alive = _turns.UnorderedItems.Where(t => t.Priority == t.Element.Turn && t.Element.Word.State != LeaseState.Expired).ToArray();
        _turns.Clear();
        _turns.EnqueueRange(alive);
    }

    /// <summary>
    /// A run that comes much too late means that the process stood still, and that nobody could renew. A run that takes long itself
    /// counts too: while we were busy, renewals may have waited as well.
    /// </summary>
    private void NoticePause()
    {
        var now = _clock.Raw;
        var gap = now - _lastRun;
        _lastRun = now;
        if (gap - _options.ScanInterval.Ticks <= Math.Max(TimeSpan.TicksPerSecond, 3 * _options.ScanInterval.Ticks))
            return;

        // All of it, with the interval that would have passed anyhow: nobody knows when within it the process stopped, and without it
        // a lease could end before its time.
        _clock.AddPause(gap);
        _counters.PauseNoticed(gap);
    }

    private async ValueTask LookAtAsync(Lease lease, long now, CancellationToken cancellationToken)
    {
        var word = lease.Word;
        if (word.State == LeaseState.Expired)
            return;
        if (word.Deadline > now)
        {
            GiveTurn(lease, word.Deadline);
            return;
        }

        var held = lease.ReadHeld()
            .GroupBy(i => i.Application)
            .Select(g => (Application: g.Key, Expiring: g.Count(), Instances: _leasedOf(g.Key)))
            .ToArray();
        var charged = false;
        if (word.State == LeaseState.Active && held.Length > 0)
        {
            charged = _budget.TryCharge(now, held, _leasedInAll());
            if (!charged)
            {
                Protect(lease, word, now);
                return;
            }
        }

        YieldPoint.Reach(YieldPoint.ExpiryRead);
        if (await _authority.ClaimExpiredAsync(lease, word, cancellationToken).ConfigureAwait(false))
        {
            YieldPoint.Reach(YieldPoint.ExpiryClaimed);

            // Claimed first, listed second: see Lease.EnterForAttach.
            _counters.Expired(word.State == LeaseState.Overdue);
            _leases.Remove(lease);
            Finish(RemovalsOf(lease, ChangeCause.Expired));
            return;
        }

        // A renewal came between the look and the claim: it wins.
        if (charged)
            _budget.Refund(held);
        if (lease.Word is { State: not LeaseState.Expired } renewed)
            GiveTurn(lease, renewed.Deadline);
    }

    private void Protect(Lease lease, LeaseWord word, long now)
    {
        if (lease.TryChange(word, new LeaseWord(now + _options.ProtectionBound.Ticks, LeaseState.Overdue)))
        {
            _counters.Protected();
            RefreshSuspicion(lease);
        }

        GiveTurn(lease, lease.Word.Deadline);
    }

    private void Finish(IEnumerable<Command> commands)
    {
        foreach (var command in commands)
            _unfinished.Enqueue(command);
    }

    // A command that is refused (the log has no room, or is ill) stays and is tried again in the next run: the lease's word has
    // changed, and the instances must follow.
    private async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        while (_unfinished.TryPeek(out var command))
        {
            var outcome = await _order.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
            if (outcome.Refusal is { Kind: ErrorKind.Unavailable or ErrorKind.ResourceExhausted })
                return;
            Debug.Assert(outcome.Refusal is null, "what the registry sends itself is well formed");
            _unfinished.Dequeue();
        }
    }

    private static IEnumerable<Command> RemovalsOf(Lease lease, ChangeCause cause) =>
        CommandsFor(lease, (application, ids) => new RemoveHeldCommand(application, lease, ids, cause));

    private static IEnumerable<Command> CommandsFor(Lease lease, Func<QualifiedName, ImmutableArray<string>, Command> make) =>
        from held in lease.ReadHeld()
        group held.Id by held.Application into application
        from ids in application.Order(StringComparer.Ordinal).Chunk(Command.MaxInstances)
        select make(application.Key, [.. ids]);
}
