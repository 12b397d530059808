using Registry.Benchmarks.Locking.Strategies;

namespace Registry.Benchmarks.Locking;

/// <summary>The ways to lock that are compared.</summary>
public enum Strategy
{
    /// <summary>One lock around everything.</summary>
    OneLock,

    /// <summary>ReaderWriterLockSlim.</summary>
    ReaderWriterLock,

    /// <summary>ConcurrentDictionary with immutable values and one commit lock.</summary>
    OptimisticMap,

    /// <summary>The registry's own.</summary>
    StripedTables,

    /// <summary>Copy-on-write of the whole map.</summary>
    CopyOnWrite,

    /// <summary>One writer behind a channel.</summary>
    OneWriter,
}

/// <summary>Of how many operations one is a write.</summary>
public enum Mix
{
    /// <summary>99 resolves to 1 write.</summary>
    Reads99Writes1,

    /// <summary>As many resolves as writes.</summary>
    Reads50Writes50,

    /// <summary>Writes alone.</summary>
    WritesOnly,
}

internal static class StrategyFactory
{
    public static IRegistryTables Make(this Strategy strategy) => strategy switch
    {
        Strategy.OneLock => new OneLock(),
        Strategy.ReaderWriterLock => new Locking.Strategies.ReaderWriterLock(),
        Strategy.OptimisticMap => new OptimisticMap(),
        Strategy.StripedTables => new StripedTables(),
        Strategy.CopyOnWrite => new CopyOnWrite(),
        Strategy.OneWriter => new OneWriter(),
        _ => throw new ArgumentOutOfRangeException(nameof(strategy)),
    };
}
