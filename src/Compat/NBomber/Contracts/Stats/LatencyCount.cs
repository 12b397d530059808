namespace NBomber.Contracts.Stats;

/// <summary>Rough classes of latencies.</summary>
public sealed class LatencyCount
{
    /// <summary>800 ms or less.</summary>
    public int LessOrEq800 { get; set; }

    /// <summary>Between 800 and 1,200 ms.</summary>
    public int More800Less1200 { get; set; }

    /// <summary>1,200 ms or more.</summary>
    public int MoreOrEq1200 { get; set; }
}
