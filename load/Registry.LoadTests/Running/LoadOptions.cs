namespace Registry.LoadTests.Running;

/// <summary>How much load, and for how long.</summary>
internal sealed record LoadOptions
{
    /// <summary>Clients that are there at the same time.</summary>
    public int Clients { get; init; } = 1_000;

    /// <summary>How long.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Interfaces that the visitors share. Fewer: more of them meet in one mapping.</summary>
    public int Interfaces { get; init; } = 100;

    /// <summary>Loopback addresses that take turns as the sender; 0: the system chooses.</summary>
    public int SourceAddresses { get; init; } = 16;

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a server may be silent before it counts as hung.</summary>
    public TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where reports go; null: none are written.</summary>
    public string? ReportFolder { get; init; }

    /// <summary>NBomber's JSON file; null: none. It beats these options, as NBomber has it.</summary>
    public string? Config { get; init; }
}
