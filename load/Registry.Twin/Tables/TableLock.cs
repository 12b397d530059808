namespace Registry.Core.Tables;

/// <summary>
/// What guards the twin's tables: nothing; or, with REGISTRY_TWIN_LOCKED=1, one lock of the whole process, which writers hold from their
/// decision to their commit and readers while they read. With it the twin has to be right: then what was wrong without it was the missing
/// lock, and nothing else.
/// </summary>
internal static class TableLock
{
    /// <summary>The one lock; null: there is none. Recursive, as every <see cref="Lock"/>; first and last in the lock order.</summary>
    public static Lock? OfAll { get; } = Environment.GetEnvironmentVariable("REGISTRY_TWIN_LOCKED") == "1" ? new Lock() : null;

    /// <summary>Stands for a stripe's lock, and is never taken.</summary>
    public static Lock None { get; } = new();
}

/// <summary>The levels of the real lock order, by which <see cref="HeldLock"/> tells what is a table's and what is not.</summary>
internal enum LockLevel
{
    ApplicationStripe = 1,
    InterfaceStripe = 2,
    Lease = 3,
    Commit = 4,
}

/// <summary>The real one's shape. Leases and the commit section keep their locks: it is the tables that have lost theirs.</summary>
internal readonly ref struct HeldLock
{
    private readonly Lock? _gate;

    public HeldLock(Lock gate, LockLevel level, int index = 0)
    {
        _ = index;
        _gate = level switch
        {
            LockLevel.Lease => gate,

            // A read that asks the commit section to stand still goes on to the tables: with one lock for all, that is the same lock.
            LockLevel.Commit => TableLock.OfAll ?? gate,
            _ => TableLock.OfAll,
        };
        _gate?.Enter();
    }

    public void Dispose() => _gate?.Exit();
}

/// <summary>The twin keeps no order.</summary>
internal static class LockOrder
{
    public static void AssertNoneHeld()
    {
    }
}
