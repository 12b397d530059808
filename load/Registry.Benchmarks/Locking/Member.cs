namespace Registry.Benchmarks.Locking;

/// <summary>
/// What one thread of a case does, and what it remembers of it for the audit: of each application the revision of the last write, how
/// often it moved each build, and for the first names the newest revision that it has seen.
/// </summary>
internal sealed class Member
{
    /// <summary>One write in so many changes a mapping.</summary>
    public const int WritesPerMappingChange = 10;

    // So many names are watched for steps back. All of them would cost more memory traffic than what is measured.
    private const int Watched = 512;

    private readonly IRegistryTables _tables;
    private readonly Population _population;
    private readonly int _operationsPerWrite;
    private readonly string _instanceId;
    private readonly long[] _seenMappings = new long[Watched];
    private readonly long[] _seenApplications = new long[Watched];
    private ulong _random;
    private long _lastPublished;

    public Member(IRegistryTables tables, Population population, Mix mix, int number)
    {
        _tables = tables;
        _population = population;
        _operationsPerWrite = mix switch { Mix.Reads99Writes1 => 100, Mix.Reads50Writes50 => 2, _ => 1 };
        Number = number;
        _instanceId = Write.InstanceIds[number & 1];
        _random = 0x9E3779B97F4A7C15UL * (ulong)(number + 1);
        LastRevisions = new long[population.Count];
        Moves = new int[population.MovableCount];
    }

    public int Number { get; }

    public long Writes { get; private set; }

    /// <summary>By application: the revision of the last write.</summary>
    public long[] LastRevisions { get; }

    /// <summary>By place among the applications with a second build: how often it came or went.</summary>
    public int[] Moves { get; }

    /// <summary>What went wrong on the way. Null: nothing.</summary>
    public string? Violation { get; private set; }

    public void Run(int operations)
    {
        for (var i = 1; i <= operations; i++)
        {
            if (i % _operationsPerWrite == 0)
                WriteOne();
            else
                ResolveOne();
        }
    }

    private void ResolveOne()
    {
        var index = Next(_population.Count);
        var resolved = _tables.Resolve(_population.Interfaces[index]);
        if (resolved.Instances != 4)
            Violation ??= $"an interface has {resolved.Instances} instances and not 4";
        if (index >= Watched)
            return;
        Watch(ref _seenMappings[index], resolved.MappingRevision);
        Watch(ref _seenApplications[index], resolved.ApplicationRevision);
    }

    private void WriteOne()
    {
        var published = _tables.Revision;
        Watch(ref _lastPublished, published);
        Write write;
        int application;
        if ((Writes++ + Number) % WritesPerMappingChange == 0)
        {
            var place = Next(_population.MovableCount);
            (application, var build, _) = _population.Movable(place);
            write = new Write(_population.ApplicationNames[application], _instanceId, (int)(Writes & 0xFFF), build);
            Moves[place]++;
        }
        else
        {
            application = Next(_population.Count);
            write = new Write(_population.ApplicationNames[application], _instanceId, (int)(Writes & 0xFFF), null);
        }

        var revision = _tables.Write(write);
        if (revision <= published)
            Violation ??= $"a write got revision {revision} after {published} was published";
        if (revision <= LastRevisions[application])
            Violation ??= $"a write got revision {revision} after {LastRevisions[application]}";
        LastRevisions[application] = revision;
    }

    private void Watch(ref long seen, long now)
    {
        if (now < seen)
            Violation ??= $"revision {now} was seen after {seen}";
        seen = now;
    }

    // xorshift64, and the high half of a product in place of a division.
    private int Next(int count)
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (int)(((_random >> 32) * (ulong)count) >> 32);
    }
}
