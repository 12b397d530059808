using Registry.Core;
using Registry.Core.Changes;

namespace Registry.TestKit.Changes;

/// <summary>
/// A log that remembers every change, so that a test can replay the history afterwards. Counts what was reserved, so that a
/// reservation that is neither used nor given back shows.
/// </summary>
internal sealed class HistoryLog : IChangeLog
{
    private readonly List<(long Revision, ApplicationChange Change)> _changes = [];
    private readonly List<string> _violations = [];
    private int _reservations;
    private int _inside;
    private long _durable = long.MaxValue;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every change, in the order of the log. Read it when the registry is quiet.</summary>
    public IReadOnlyList<(long Revision, ApplicationChange Change)> Changes => _changes;

    /// <summary>Reservations that were neither used nor given back.</summary>
    public int Reservations => Volatile.Read(ref _reservations);

    /// <summary>What the registry must not do with a log, and did.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Null: room is granted. Else what admission answers.</summary>
    public RegistryError? Refusal { get; set; }

    /// <summary>Up to where the log is durable. Default: all of it, at once.</summary>
    public long DurableRevision
    {
        get => Volatile.Read(ref _durable);
        set
        {
            Volatile.Write(ref _durable, value);
            Interlocked.Exchange(ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>
    /// Called at the beginning of each append, inside the commit section: a test stops a writer there, with all its locks held. Null: nothing.
    /// </summary>
    public Action? Appending { get; set; }

    public RegistryError? TryReserve(int bytes)
    {
        if (Refusal is { } refusal)
            return refusal;
        if (bytes <= 0)
            Violate($"a reservation of {bytes} bytes");
        Interlocked.Increment(ref _reservations);
        return null;
    }

    public void Release(int bytes) => Interlocked.Decrement(ref _reservations);

    public void Append(long revision, ApplicationChange change, int reservedBytes)
    {
        Appending?.Invoke();
        if (Interlocked.Increment(ref _inside) != 1)
            Violate("two appends overlap");
        if (_changes.Count > 0 && _changes[^1].Revision >= revision)
            Violate($"revision {revision} after {_changes[^1].Revision}");
        if (change.Upserts.Any(u => u.Revision != revision))
            Violate($"revision {revision} appended before its instances were stamped");
        _changes.Add((revision, change));
        Interlocked.Decrement(ref _reservations);
        Interlocked.Decrement(ref _inside);
    }

    public async ValueTask<RegistryError?> WaitDurableAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            var moved = Volatile.Read(ref _moved).Task;
            if (DurableRevision >= revision)
                return null;
            await moved.WaitAsync(cancellationToken);
        }
    }

    private void Violate(string what)
    {
        lock (_violations)
            _violations.Add(what);
    }
}
