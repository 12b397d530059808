using System.Diagnostics;
using System.Runtime;

namespace Registry.Benchmarks.Locking;

/// <summary>One strategy, filled, with its threads waiting.</summary>
internal sealed class LockingCase : IDisposable
{
    private const long RoomForSetup = 1L << 30;

    private readonly IRegistryTables _tables;
    private readonly Population _population;
    private readonly Member[] _members;
    private readonly ThreadTeam _team;
    private readonly List<double> _wallTimes = [];
    private int _operationsPerMember;

    public LockingCase(Strategy strategy, int entries, Mix mix, int threads)
    {
        // Half a gigabyte that stays: collected while it grows, it would take longer to make than to measure.
        var isHeld = GC.TryStartNoGCRegion(RoomForSetup);
        _population = new Population(entries);
        _tables = strategy.Make();
        _tables.Load(_population);
        if (isHeld && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            GC.EndNoGCRegion();
        GC.Collect();
        GC.Collect();
        _members = [.. Enumerable.Range(0, threads).Select(number => new Member(_tables, _population, mix, number))];
        _team = new ThreadTeam(threads, number => _members[number].Run(_operationsPerMember));
    }

    /// <summary>So many operations in all, shared by the threads evenly.</summary>
    public void Run(int operations)
    {
        _operationsPerMember = operations / _members.Length;
        var start = Stopwatch.GetTimestamp();
        _team.RunRound();
        _wallTimes.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations);
    }

    /// <summary>Ends the threads, says how long the rounds took on the wall, and audits what the threads left.</summary>
    public void Dispose()
    {
        // The first half is warmup.
        WallTime.Report(_wallTimes.Skip(_wallTimes.Count / 2));
        _team.Dispose();
        Audit.Check(_tables, _population, _members);
        _tables.Dispose();
    }
}
