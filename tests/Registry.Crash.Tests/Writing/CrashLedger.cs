using System.Collections.Concurrent;

namespace Registry.Crash.Tests.Writing;

/// <summary>What all writers of a series were told, and what did not hold. Thread safe.</summary>
internal sealed class CrashLedger
{
    private readonly ConcurrentDictionary<long, string> _revisions = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private long _highestAcknowledged;
    private long _highestSeen;
    private long _acknowledged;
    private long _floor;

    /// <summary>What did not hold, as sentences.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    public long Count => Volatile.Read(ref _acknowledged);

    public long HighestAcknowledged => Volatile.Read(ref _highestAcknowledged);

    /// <summary>The highest revision that anybody was shown, kept or not.</summary>
    public long HighestSeen => Volatile.Read(ref _highestSeen);

    public void Violated(string what) => _violations.Enqueue(what);

    /// <summary>A new life begins: what it changes comes after everything that was ever shown.</summary>
    public void BeginLife()
    {
        _floor = HighestSeen;
        _revisions.Clear();
    }

    public void Acknowledged(string what, long revision)
    {
        Interlocked.Increment(ref _acknowledged);
        if (revision <= _floor)
            Violated($"{what} is acknowledged at revision {revision}, and {_floor} was shown by an earlier life");
        if (!_revisions.TryAdd(revision, what))
            Violated($"{what} is acknowledged at revision {revision}, as is {_revisions[revision]}");
        Raise(ref _highestAcknowledged, revision);
        Seen(revision);
    }

    public void Seen(long revision) => Raise(ref _highestSeen, revision);

    private static void Raise(ref long highest, long to)
    {
        var seen = Volatile.Read(ref highest);
        while (seen < to && Interlocked.CompareExchange(ref highest, to, seen) is var other && other != seen)
            seen = other;
    }
}
