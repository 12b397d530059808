using System.Diagnostics;
using Registry.Core.Interleaving;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Core.Leases;

/// <summary>
/// What keeps instances alive. The word (deadline and state) is changed by compare-and-set alone, by renewal and expiry alike:
/// if a renewal was acknowledged, the expiry did not happen, and the other way round. The list of instances is a hint for the
/// expiry; the lease field of an instance decides whose it is.
/// </summary>
internal sealed class Lease
{
    // A lease's losses are told at each renewal until the lease ends; more than this many are not kept.
    private const int MaxLosses = 1_000;

    // Locking
    //   _leaf     guards _held and _losses, and (while an attach commits) the promise that the word is not EXPIRED without the
    //             expiry seeing the attached instance in the list.
    //   readers   none; the word is read and written without it.
    //   order     after every stripe, before the commit section. Never two leases' at once: a takeover attaches to the new
    //             lease first and tells the old one when that lock is released.
    //   released  before anything is awaited, encoded, logged or told to a subscriber.
    private readonly Lock _leaf = new();
    private readonly Dictionary<(QualifiedName Application, string Id), long> _held = [];
    private Dictionary<(QualifiedName Application, string Id), LostInstance>? _losses;

    private long _word;

    // 0: nobody has asked yet. Two that ask first write the same.
    private ulong _publicId;

    public Lease(LeaseId id, TimeSpan ttl, string owner, long now)
    {
        Id = id;
        Ttl = ttl;
        Owner = owner;
        _word = new LeaseWord(now + ttl.Ticks, LeaseState.Active).Bits;
    }

    public LeaseId Id { get; }

    /// <summary>What operators call it. Hashed when it is first asked for: most leases never are.</summary>
    public PublicLeaseId PublicId
    {
        get
        {
            if (Volatile.Read(ref _publicId) == 0)
                Volatile.Write(ref _publicId, PublicLeaseId.Of(Id).Value);
            return new PublicLeaseId(Volatile.Read(ref _publicId));
        }
    }

    public TimeSpan Ttl { get; }

    public string Owner { get; }

    /// <summary>When the expiry looks at this lease next; a place in its queue that names another time is stale. Owned by the expiry.</summary>
    public long Turn { get; set; }

    public LeaseWord Word => new(Volatile.Read(ref _word));

    /// <summary>Counts the TTL from now. False: expired, and nothing was changed.</summary>
    /// <param name="now">The lease clock's time.</param>
    /// <param name="wasOverdue">The renewal ended an overdue time: the caller must see to it that the instances become up again.</param>
    public bool TryRenew(long now, out bool wasOverdue)
    {
        while (true)
        {
            var seen = Word;
            wasOverdue = seen.State == LeaseState.Overdue;
            if (seen.State == LeaseState.Expired)
                return false;
            YieldPoint.Reach(YieldPoint.RenewalRead);

            // Two renewals may race with clocks read in the other order: the deadline never moves backwards between them.
            var deadline = now + Ttl.Ticks;
            var renewed = new LeaseWord(wasOverdue ? deadline : Math.Max(deadline, seen.Deadline), LeaseState.Active);
            if (TryChange(seen, renewed))
                return true;
        }
    }

    /// <summary>Sees to it that an active lease lasts for so long from now on. What a renewal gave it beyond stays.</summary>
    public void Extend(long now, TimeSpan length)
    {
        LeaseWord seen;
        do
        {
            seen = Word;
            if (seen.State != LeaseState.Active || seen.Deadline >= now + length.Ticks)
                return;
        }
        while (!TryChange(seen, new LeaseWord(now + length.Ticks, LeaseState.Active)));
    }

    /// <summary>Changes the word if it is still what the caller saw.</summary>
    public bool TryChange(LeaseWord seen, LeaseWord next) => Interlocked.CompareExchange(ref _word, next.Bits, seen.Bits) == seen.Bits;

    /// <summary>
    /// Opens the lease for attaching and keeps its list locked until the scope is disposed, over the commit of the change that
    /// attaches. The story that this prevents: a register looks at the word (ACTIVE) and goes on to commit; meanwhile the expiry
    /// claims EXPIRED, reads the list, which does not have the new instance yet, removes the others and is done; then the
    /// register commits, and the instance hangs for ever on a lease that nobody will look at again. With the lock across the
    /// commit the expiry either waits and finds the instance in the list, or has claimed before, and the attach sees that.
    /// </summary>
    public HeldLock EnterForAttach() => new(_leaf, LockLevel.Lease);

    /// <summary>Adds to the list; the caller is inside <see cref="EnterForAttach"/>, where it has committed the instance.</summary>
    public void AttachUnderLeaf(QualifiedName application, string instanceId, long incarnation)
    {
        Debug.Assert(_leaf.IsHeldByCurrentThread);
        _held[(application, instanceId)] = incarnation;
        _losses?.Remove((application, instanceId));
    }

    /// <summary>
    /// Takes one life of an instance off the list after its removal or takeover was committed. Only that life: between the commit
    /// and this call the same lease may have registered the instance again, and to take that off would leave an instance that no
    /// expiry finds.
    /// </summary>
    /// <param name="application">The instance's application.</param>
    /// <param name="instanceId">Its id.</param>
    /// <param name="incarnation">The life that has ended.</param>
    /// <param name="cause">What to tell the holder; null: it did this itself.</param>
    public void Detach(QualifiedName application, string instanceId, long incarnation, LossCause? cause)
    {
        using var held = new HeldLock(_leaf, LockLevel.Lease);
        if (_held.TryGetValue((application, instanceId), out var present) && present != incarnation)
            return;
        _held.Remove((application, instanceId));

        // Two takings-off may come in the other order than their commits; what is told is the later life.
        if (cause is null || (_losses?.TryGetValue((application, instanceId), out var told) == true && told.Incarnation > incarnation))
            return;
        _losses ??= [];
        if (_losses.Count < MaxLosses)
            _losses[(application, instanceId)] = new LostInstance(application, instanceId, incarnation, cause.Value);
    }

    /// <summary>What the list names now.</summary>
    public (QualifiedName Application, string Id)[] ReadHeld()
    {
        using var held = new HeldLock(_leaf, LockLevel.Lease);
        return [.. _held.Keys];
    }

    /// <summary>What the holder is to be told.</summary>
    public IReadOnlyList<LostInstance> ReadLosses()
    {
        // Most leases never lose anything, and a renewal is the most frequent of all calls: it takes no lock then. A loss that
        // is being written at this moment is told by the next renewal.
        if (Volatile.Read(ref _losses) is null)
            return [];
        using var held = new HeldLock(_leaf, LockLevel.Lease);
        return [.. _losses!.Values];
    }
}
