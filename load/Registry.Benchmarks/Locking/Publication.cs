using Registry.Core.Changes;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// What the registry's commit section does, without its lock: the strategy sees to it that one thread at a time is in here.
/// </summary>
internal sealed class Publication
{
    private readonly MemoryChangeLog _log = new();
    private ChangeSet _tail = ChangeSet.Start(Population.StartRevision);
    private long _revision = Population.StartRevision;

    /// <summary>The newest revision that is visible in all its topics.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Stamps, logs, swaps the entries and publishes.</summary>
    public long Commit(PreparedChange prepared)
    {
        var next = Stamp(prepared);
        prepared.Swap();
        Publish(prepared, next);
        return next;
    }

    /// <summary>The first half, for a strategy that does not keep entries: it swaps in between.</summary>
    public long Stamp(PreparedChange prepared)
    {
        var next = _revision + 1;
        prepared.Stamp(next);
        _log.Append(next, prepared.Change, reservedBytes: 0);
        return next;
    }

    /// <summary>The second half.</summary>
    public void Publish(PreparedChange prepared, long revision)
    {
        Volatile.Write(ref _revision, revision);
        _tail.Append(prepared.ChangeSet);
        _tail = prepared.ChangeSet;
    }
}
