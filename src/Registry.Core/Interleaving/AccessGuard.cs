using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Registry.Core.Interleaving;

/// <summary>
/// Notices two threads inside something that only one may be in, in debug builds; in release builds it is nothing. A lock that was
/// forgotten shows here the first time that two threads meet, not when a dictionary has been torn.
/// </summary>
[SuppressMessage("Performance", "CA1822", Justification = "Without instance data only in release builds, where nothing calls it.")]
internal struct AccessGuard
{
#if DEBUG
    private int _inside;
#endif

    /// <summary>Before what only one thread at a time may do. In pairs with <see cref="Leave"/>.</summary>
    [Conditional("DEBUG")]
    public void Enter(string what)
    {
#if DEBUG
        var other = Interlocked.CompareExchange(ref _inside, Environment.CurrentManagedThreadId, 0);
        if (other != 0)
            Debug.Fail($"{what}: thread {Environment.CurrentManagedThreadId} came in while thread {other} was inside");
#endif
    }

    /// <summary>After it.</summary>
    [Conditional("DEBUG")]
    public void Leave()
    {
#if DEBUG
        Volatile.Write(ref _inside, 0);
#endif
    }
}
