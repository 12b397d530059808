namespace Registry.Benchmarks.Locking;

/// <summary>One strategy, filled, with its threads waiting.</summary>
internal sealed class LockingCase : IDisposable
{
    private readonly IRegistryTables _tables;
    private readonly Population _population;
    private readonly Member[] _members;
    private readonly ThreadTeam _team;
    private int _operationsPerMember;

    public LockingCase(Strategy strategy, int entries, Mix mix, int threads)
    {
        _population = new Population(entries);
        _tables = strategy.Make();
        _tables.Load(_population);
        _members = [.. Enumerable.Range(0, threads).Select(number => new Member(_tables, _population, mix, number))];
        _team = new ThreadTeam(threads, number => _members[number].Run(_operationsPerMember));
    }

    /// <summary>So many operations in all, shared by the threads evenly.</summary>
    public void Run(int operations)
    {
        _operationsPerMember = operations / _members.Length;
        _team.RunRound();
    }

    /// <summary>Ends the threads and audits what they left.</summary>
    public void Dispose()
    {
        _team.Dispose();
        Audit.Check(_tables, _population, _members);
        _tables.Dispose();
    }
}
