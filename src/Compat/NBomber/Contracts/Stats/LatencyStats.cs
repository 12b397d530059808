namespace NBomber.Contracts.Stats;

/// <summary>Latencies in milliseconds, to three significant digits; 0 where nothing was measured.</summary>
public sealed class LatencyStats
{
    /// <summary>The shortest.</summary>
    public double MinMs { get; set; }

    /// <summary>The mean.</summary>
    public double MeanMs { get; set; }

    /// <summary>The longest.</summary>
    public double MaxMs { get; set; }

    /// <summary>The median.</summary>
    public double Percent50 { get; set; }

    /// <summary>Three quarters took no longer.</summary>
    public double Percent75 { get; set; }

    /// <summary>95 of 100 took no longer.</summary>
    public double Percent95 { get; set; }

    /// <summary>99 of 100 took no longer.</summary>
    public double Percent99 { get; set; }

    /// <summary>The standard deviation.</summary>
    public double StdDev { get; set; }

    /// <summary>Rough classes.</summary>
    public LatencyCount LatencyCount { get; set; } = new();
}
