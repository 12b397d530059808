namespace Registry.Core.Leases;

/// <summary>Where a lease stands.</summary>
internal enum LeaseState
{
    /// <summary>Keeps what hangs on it.</summary>
    Active = 1,

    /// <summary>Past its TTL and protected: what hangs on it is listed as suspect until the deadline, or until a renewal.</summary>
    Overdue = 2,

    /// <summary>Over, by time or by its holder's wish. Final.</summary>
    Expired = 3,
}

/// <summary>A lease's deadline and state in one 64-bit word, so that both change in one compare-and-set.</summary>
/// <param name="Bits">The deadline in ticks of the lease clock, shifted left by two, and the state.</param>
internal readonly record struct LeaseWord(long Bits)
{
    public LeaseWord(long deadline, LeaseState state)
        : this((deadline << 2) | (long)state)
    {
    }

    public long Deadline => Bits >> 2;

    public LeaseState State => (LeaseState)(Bits & 3);
}
