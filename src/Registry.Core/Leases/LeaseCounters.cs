namespace Registry.Core.Leases;

/// <summary>What happened to leases since the start. Exact under any concurrency.</summary>
public sealed class LeaseCounters
{
    private long _granted;
    private long _renewed;
    private long _expired;
    private long _expiredAfterProtection;
    private long _protected;
    private long _pauses;
    private long _pausedTicks;

    /// <summary>Leases granted.</summary>
    public long GrantedTotal => Interlocked.Read(ref _granted);

    /// <summary>Renewals that were acknowledged.</summary>
    public long RenewedTotal => Interlocked.Read(ref _renewed);

    /// <summary>Leases that ran out.</summary>
    public long ExpiredTotal => Interlocked.Read(ref _expired);

    /// <summary>Of these: after they had been overdue for the whole protection bound.</summary>
    public long ExpiredAfterProtectionTotal => Interlocked.Read(ref _expiredAfterProtection);

    /// <summary>Times that a lease became overdue instead of running out.</summary>
    public long ProtectedTotal => Interlocked.Read(ref _protected);

    /// <summary>Times that the process was found to have stood still.</summary>
    public long PausesTotal => Interlocked.Read(ref _pauses);

    /// <summary>How long it stood still in all.</summary>
    public TimeSpan Paused => new(Interlocked.Read(ref _pausedTicks));

    internal void Granted() => Interlocked.Increment(ref _granted);

    internal void Renewed() => Interlocked.Increment(ref _renewed);

    internal void Expired(bool afterProtection)
    {
        Interlocked.Increment(ref _expired);
        if (afterProtection)
            Interlocked.Increment(ref _expiredAfterProtection);
    }

    internal void Protected() => Interlocked.Increment(ref _protected);

    internal void PauseNoticed(long ticks)
    {
        Interlocked.Increment(ref _pauses);
        Interlocked.Add(ref _pausedTicks, ticks);
    }
}
