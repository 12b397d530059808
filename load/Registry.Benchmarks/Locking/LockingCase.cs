using System.Diagnostics;

namespace Registry.Benchmarks.Locking;

/// <summary>One strategy, filled, with its threads waiting.</summary>
internal sealed class LockingCase : IDisposable
{
    private static readonly TimeSpan WarmupTime = TimeSpan.FromSeconds(2);

    private readonly IRegistryTables _tables;
    private readonly Population _population;
    private readonly Member[] _members;
    private readonly ThreadTeam _team;
    private readonly List<double> _wallTimes = [];
    private int _operationsPerMember;

    public LockingCase(Strategy strategy, int entries, Mix mix, int threads)
    {
        (_population, _tables) = LargeSetup.Make(() =>
        {
            var population = new Population(entries);
            var tables = strategy.Make();
            tables.Load(population);
            return (population, tables);
        });
        _members = [.. Enumerable.Range(0, threads).Select(number => new Member(_tables, _population, mix, number))];
        _team = new ThreadTeam(threads, number => _members[number].Run(_operationsPerMember));
    }

    /// <summary>
    /// Runs rounds until the runtime has compiled what is hot for the last time, which it does in the background and in steps. A strategy
    /// with more code in it would look dear for as long as that takes.
    /// </summary>
    public LockingCase Warm(int operations)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmupTime)
            Run(operations);
        _wallTimes.Clear();
        return this;
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
