using System.Diagnostics;
using Registry.Core.Interleaving;

namespace Registry.Core.Tables;

/// <summary>
/// The one order in which locks are taken. Debug builds check each acquisition against it and fail at the first wrong one, on
/// the thread that would have been half of a deadlock; release builds carry nothing of it.
/// </summary>
internal static class LockOrder
{
#if DEBUG
    [ThreadStatic]
    private static Stack<(LockLevel Level, int Index)>? _held;
#endif

    [Conditional("DEBUG")]
    public static void Entering(LockLevel level, int index)
    {
#if DEBUG
        var held = _held ??= new Stack<(LockLevel, int)>();
        if (held.TryPeek(out var last) && (level, index).CompareTo(last) <= 0)
            Debug.Fail($"lock order: {level} {index} was asked for while {last.Level} {last.Index} was held");
        held.Push((level, index));
#endif
    }

    [Conditional("DEBUG")]
    public static void Left(LockLevel level, int index)
    {
#if DEBUG
        var left = _held!.Pop();
        Debug.Assert(left == (level, index), "locks are released in the reverse order of their acquisition");
#endif
    }

    /// <summary>Stands before everything that must not run under a lock: waiting, I/O, encoding, a subscriber's code.</summary>
    [Conditional("DEBUG")]
    public static void AssertNoneHeld()
    {
#if DEBUG
        Debug.Assert(_held is null || _held.Count == 0, "this must not run under a lock of the registry");
#endif
    }
}

/// <summary>The kinds of locks, in the order in which they are taken.</summary>
internal enum LockLevel
{
    /// <summary>One stripe of the table of applications.</summary>
    ApplicationStripe = 1,

    /// <summary>Stripes of the table of interfaces, ascending by their index.</summary>
    InterfaceStripe = 2,

    /// <summary>One lease's list.</summary>
    Lease = 3,

    /// <summary>The commit section, process wide.</summary>
    Commit = 4,
}

/// <summary>A held lock that debug builds have checked against <see cref="LockOrder"/>. Dispose to release.</summary>
internal readonly ref struct HeldLock
{
    // Not a lock of its own: what it guards, who reads without it and when it is released is told where it is made.
    private readonly Lock _gate;
    private readonly LockLevel _level;
    private readonly int _index;

    public HeldLock(Lock gate, LockLevel level, int index = 0)
    {
        _gate = gate;
        _level = level;
        _index = index;
        LockOrder.Entering(level, index);
        YieldPoint.Enter(gate);
    }

    public void Dispose()
    {
        _gate.Exit();
        LockOrder.Left(_level, _index);
    }
}
