namespace Registry.Core.Leases;

/// <summary>
/// The time that leases live in: monotonic, in ticks of 100 ns, and standing still while the process stood still. The wall
/// clock decides nothing. Thread safe.
/// </summary>
internal sealed class LeaseClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private long _pauses;

    public long Now => Raw - Volatile.Read(ref _pauses);

    /// <summary>Time since the start, pauses included.</summary>
    public long Raw => time.GetElapsedTime(_start).Ticks;

    /// <summary>
    /// Gives everybody the gap: the process was stopped (or the machine was) for so long, and nobody could renew meanwhile. A
    /// renewal between waking up and this call got a deadline that is later by the gap, which harms nobody.
    /// </summary>
    public void AddPause(long ticks) => Interlocked.Add(ref _pauses, ticks);
}
