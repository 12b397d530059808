namespace Registry.Core.Leases;

/// <summary>Leases, and the protection against expiring too many at once.</summary>
public sealed class LeaseOptions
{
    /// <summary>The TTL of a lease that asks for none. Default 15 s; within <see cref="MinTtl"/> and <see cref="MaxTtl"/>.</summary>
    public TimeSpan DefaultTtl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The shortest TTL. Default 1 s; 1 s to 1 h.</summary>
    public TimeSpan MinTtl { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest TTL. Default 24 h; at least <see cref="MinTtl"/>, at most 30 days.</summary>
    public TimeSpan MaxTtl { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Leases at a time. Default 1,000,000; 1 to 100,000,000. A grant beyond it is refused.</summary>
    public int MaxLeases { get; set; } = 1_000_000;

    /// <summary>
    /// How often leases are looked at. Default 250 ms; 10 ms to 10 s. A lease ends up to this much after its deadline, and a
    /// process that stood still for more than four of them (at least one second) gives everybody the gap.
    /// </summary>
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Which share of an application's leased instances (and of all) may expire within <see cref="ProtectionWindow"/>. Default 0.15;
    /// 0 to 1. Of each at least one may. 1 turns the protection off.
    /// </summary>
    public double ProtectionShare { get; set; } = 0.15;

    /// <summary>The window for which <see cref="ProtectionShare"/> holds; it opens with its first expiry. Default 60 s; 1 s to 1 h.</summary>
    public TimeSpan ProtectionWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a protected lease stays overdue, its instances suspect, before it expires after all. Default 60 s; 1 s to 1 h.
    /// So a dead instance is gone after its TTL, or, protected, suspect after its TTL and gone after TTL plus this.
    /// </summary>
    public TimeSpan ProtectionBound { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long after a restart a lease from before it lasts at least, its TTL if that is longer, counted from when the server is ready.
    /// Default 30 s; 0 (its TTL alone) to 1 h. Longer than clients take to find the server again.
    /// </summary>
    public TimeSpan RestartGrace { get; set; } = TimeSpan.FromSeconds(30);

    internal void Validate(List<string> errors)
    {
        RegistryOptions.CheckRange(errors, "Leases:MinTtl", MinTtl, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        RegistryOptions.CheckRange(errors, "Leases:MaxTtl", MaxTtl, MinTtl, TimeSpan.FromDays(30));
        RegistryOptions.CheckRange(errors, "Leases:DefaultTtl", DefaultTtl, MinTtl, MaxTtl);
        RegistryOptions.CheckRange(errors, "Leases:MaxLeases", MaxLeases, 1, 100_000_000);
        RegistryOptions.CheckRange(errors, "Leases:ScanInterval", ScanInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        if (!(ProtectionShare is >= 0 and <= 1))
            errors.Add($"Leases:ProtectionShare: is {ProtectionShare}; 0 to 1 is allowed");
        RegistryOptions.CheckRange(errors, "Leases:ProtectionWindow", ProtectionWindow, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        RegistryOptions.CheckRange(errors, "Leases:ProtectionBound", ProtectionBound, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        RegistryOptions.CheckRange(errors, "Leases:RestartGrace", RestartGrace, TimeSpan.Zero, TimeSpan.FromHours(1));
    }
}
