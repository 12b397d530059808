using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;
using Registry.Core.Interleaving;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Core.Tables;

/// <summary>
/// Snapshots by name, guarded by a power of two of locks. Equal names always meet in the same stripe; different names mostly
/// do not, so writers of different names rarely wait for each other. Readers never wait at all.
/// </summary>
/// <typeparam name="T">The kind of snapshot.</typeparam>
internal sealed class StripedTable<T>
    where T : TopicSnapshot
{
    private readonly Stripe[] _stripes;

    /// <param name="stripes">A power of two.</param>
    /// <param name="level">Where the stripes' locks stand in the lock order.</param>
    public StripedTable(int stripes, LockLevel level)
    {
        Debug.Assert(BitOperations.IsPow2(stripes));
        _stripes = new Stripe[stripes];
        for (var i = 0; i < stripes; i++)
            _stripes[i] = new Stripe(i, level);
    }

    /// <summary>The stripe that owns a name.</summary>
    public Stripe StripeOf(QualifiedName name) => _stripes[name.GetHashCode() & (_stripes.Length - 1)];

    /// <summary>
    /// What the table holds of a name now; null: nothing, or the snapshot of an absence that all watchers have seen. Takes no
    /// lock.
    /// </summary>
    public T? Read(QualifiedName name) => StripeOf(name).Find(name)?.Current;

    /// <summary>Every snapshot that is there, in no order. Takes no lock: names that come or go meanwhile may be listed or not.</summary>
    public IEnumerable<T> ReadAll() => _stripes.SelectMany(stripe => stripe.ReadAll());

    /// <summary>How many names have an entry, those of absences too. For audits: a name that is known for nothing must cost nothing.</summary>
    public int CountEntries() => _stripes.Sum(stripe => stripe.Count);

    /// <summary>
    /// Forgets an absence once no watcher needs its revision any more. Not sooner: between the removal of a name and the last
    /// pump's passing of that revision, a new subscription reads the table here, finds nothing, and would tell its client
    /// "absent" as of the pump's older revision, at which the name was still there.
    /// </summary>
    public void Forget(QualifiedName name, long seenByAll)
    {
        var stripe = StripeOf(name);
        using var held = stripe.Enter();
        if (stripe.Find(name) is { } entry && entry.Current.IsAbsent && entry.Current.Revision <= seenByAll)
            stripe.Remove(name);
    }

    /// <summary>Forgets all absences, while nobody watches.</summary>
    public void ForgetAbsences()
    {
        foreach (var stripe in _stripes)
        {
            using var held = stripe.Enter();
            stripe.RemoveAbsences();
        }
    }

    /// <summary>A name's place in the table. Lives as long as the name is known; what changes is the snapshot.</summary>
    internal sealed class Entry(T current)
    {
        private T _current = current;

        /// <summary>Readers read it once and go on with what they read. Only the commit section writes it.</summary>
        public T Current
        {
            get => Volatile.Read(ref _current);
            set => Volatile.Write(ref _current, value);
        }
    }

    /// <summary>One lock and the names that it guards.</summary>
    internal sealed class Stripe(int index, LockLevel level)
    {
        // Locking
        //   _gate     guards adding to and removing from _entries, and the decision about every name of this stripe: between
        //             reading Entry.Current and the commit section's writing it nobody else may decide about that name.
        //   readers   take no lock: they find the entry, read Current once and keep using that reference.
        //   order     application stripe, interface stripes ascending, one lease, commit section.
        //   released  before anything is awaited, encoded, logged or told to a subscriber.
        private readonly Lock _gate = new();

        private AccessGuard _guard;

        // Writers hold _gate, so one lock inside is enough; what we use it for is its readers, who need none.
        private readonly ConcurrentDictionary<QualifiedName, Entry> _entries = new(concurrencyLevel: 1, capacity: 31);

        public int Index => index;

        public int Count => _entries.Count;

        public HeldLock Enter() => new(_gate, level, index);

        // For several stripes at once, where a scope can't be held in an array. In pairs with LeaveOfMany.
        public void EnterOfMany()
        {
            LockOrder.Entering(level, index);
            YieldPoint.Enter(_gate);
        }

        public void LeaveOfMany()
        {
            _gate.Exit();
            LockOrder.Left(level, index);
        }

        public Entry? Find(QualifiedName name) => _entries.GetValueOrDefault(name);

        /// <summary>The entry of a name; a new one holds <paramref name="absent"/>, revision 0, which says nothing to readers.</summary>
        public Entry FindOrAdd(QualifiedName name, Func<QualifiedName, T> absent)
        {
            Debug.Assert(_gate.IsHeldByCurrentThread);
            if (_entries.TryGetValue(name, out var entry))
                return entry;
            _guard.Enter("the entries of a stripe");
            entry = new Entry(absent(name));
            _entries[name] = entry;
            _guard.Leave();
            return entry;
        }

        public void Remove(QualifiedName name)
        {
            Debug.Assert(_gate.IsHeldByCurrentThread);
            _guard.Enter("the entries of a stripe");
            _entries.TryRemove(name, out _);
            _guard.Leave();
        }

        public void RemoveAbsences()
        {
            foreach (var (name, entry) in _entries)
            {
                if (entry.Current.IsAbsent)
                    Remove(name);
            }
        }

        public IEnumerable<T> ReadAll() => _entries.Select(pair => pair.Value.Current).Where(snapshot => !snapshot.IsAbsent);
    }
}
