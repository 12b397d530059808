using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Core.Tables;

/// <summary>
/// The table as it is written first: one plain map that everybody reads and writes. In its shape it is the real table, so that all the
/// rest of the registry is the real one; what is missing is the synchronisation, and nothing is added that would make the race likelier
/// (no pause, no yield, no loss of its own). This is dubbo-go's <c>serviceMappingListeners</c>.
/// </summary>
/// <typeparam name="T">The kind of snapshot.</typeparam>
internal sealed class StripedTable<T>
    where T : TopicSnapshot
{
    private readonly Stripe _all;

    /// <param name="stripes">The real table's; here there is one map.</param>
    /// <param name="level">The real table's.</param>
    public StripedTable(int stripes, LockLevel level)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stripes, 1);
        _all = new Stripe(level);
    }

    public Stripe StripeOf(QualifiedName name) => _all;

    public T? Read(QualifiedName name) => _all.Find(name)?.Current;

    public IEnumerable<T> ReadAll() => _all.ReadAll();

    public int CountEntries() => _all.Count;

    public void Forget(QualifiedName name, long seenByAll)
    {
        using var held = _all.Enter();
        if (_all.Find(name) is { } entry && entry.Current.IsAbsent && entry.Current.Revision <= seenByAll)
            _all.Remove(name);
    }

    public void ForgetAbsences()
    {
        using var held = _all.Enter();
        _all.RemoveAbsences();
    }

    internal sealed class Entry(T current)
    {
        public T Current { get; set; } = current;
    }

    internal sealed class Stripe(LockLevel level)
    {
        private readonly Dictionary<QualifiedName, Entry> _entries = [];

        public int Index => 0;

        public int Count => _entries.Count;

        public HeldLock Enter() => new(TableLock.None, level);

        public void EnterOfMany() => TableLock.OfAll?.Enter();

        public void LeaveOfMany() => TableLock.OfAll?.Exit();

        public Entry? Find(QualifiedName name)
        {
            using var held = Enter();
            return _entries.GetValueOrDefault(name);
        }

        public Entry FindOrAdd(QualifiedName name, Func<QualifiedName, T> absent)
        {
            if (_entries.TryGetValue(name, out var entry))
                return entry;
            entry = new Entry(absent(name));
            _entries[name] = entry;
            return entry;
        }

        public void Remove(QualifiedName name) => _entries.Remove(name);

        public void RemoveAbsences()
        {
            foreach (var (name, entry) in _entries)
            {
                if (entry.Current.IsAbsent)
                    _entries.Remove(name);
            }
        }

        public IEnumerable<T> ReadAll()
        {
            using var held = Enter();
            return [.. _entries.Select(pair => pair.Value.Current).Where(snapshot => !snapshot.IsAbsent)];
        }
    }
}
