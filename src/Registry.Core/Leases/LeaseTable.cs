using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Registry.Core.Changes;
using Registry.Core.Naming;

namespace Registry.Core.Leases;

/// <summary>The leases by their ids. Thread safe; takes no lock of the registry.</summary>
internal sealed class LeaseTable(int maxLeases)
{
    private readonly ConcurrentDictionary<LeaseId, Lease> _leases = new();

    // Counted beside the dictionary, whose own Count takes all its locks. Reserved before the entry is added, so the limit
    // holds under any number of racing grants.
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool TryAdd(Lease lease)
    {
        if (Interlocked.Increment(ref _count) > maxLeases)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        return _leases.TryAdd(lease.Id, lease) ? true : throw new InvalidOperationException("128 random bits came twice");
    }

    /// <summary>Adds a lease from before a restart, which the limit does not refuse: it was granted under the limit of its time.</summary>
    public void AddRestored(Lease lease)
    {
        Interlocked.Increment(ref _count);
        _leases[lease.Id] = lease;
    }

    public bool TryGet(LeaseId id, [NotNullWhen(true)] out Lease? lease) => _leases.TryGetValue(id, out lease);

    public void Remove(Lease lease)
    {
        if (_leases.TryRemove(new KeyValuePair<LeaseId, Lease>(lease.Id, lease)))
            Interlocked.Decrement(ref _count);
    }

    /// <summary>Tells leases, after a commit, what it took from them. Never under another lease's lock.</summary>
    public void Detach(QualifiedName application, ImmutableArray<Detachment> detachments)
    {
        foreach (var (instance, cause) in detachments)
        {
            if (TryGet(instance.Lease, out var lease))
                lease.Detach(application, instance.Id, instance.Incarnation, cause);
        }
    }

    public IEnumerable<Lease> ReadAll() => _leases.Select(pair => pair.Value);
}
