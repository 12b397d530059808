namespace NBomber.Contracts.Stats;

/// <summary>A count and its rate.</summary>
public sealed class RequestStats
{
    /// <summary>How many.</summary>
    public int Count { get; set; }

    /// <summary>How many per second of load: the duration without pauses, 1 s at least.</summary>
    public double RPS { get; set; }

    /// <summary>The share of all, as a whole percentage: a small share reads 0, so judge by <see cref="Count"/>.</summary>
    public int Percent { get; set; }
}
