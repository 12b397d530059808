namespace NBomber.Contracts.Stats;

/// <summary>What was transferred, in bytes; 0 where nothing was measured.</summary>
public sealed class DataTransferStats
{
    /// <summary>The least.</summary>
    public long MinBytes { get; set; }

    /// <summary>The mean.</summary>
    public long MeanBytes { get; set; }

    /// <summary>The most.</summary>
    public long MaxBytes { get; set; }

    /// <summary>The median.</summary>
    public long Percent50 { get; set; }

    /// <summary>Three quarters transferred no more.</summary>
    public long Percent75 { get; set; }

    /// <summary>95 of 100 transferred no more.</summary>
    public long Percent95 { get; set; }

    /// <summary>99 of 100 transferred no more.</summary>
    public long Percent99 { get; set; }

    /// <summary>The standard deviation.</summary>
    public double StdDev { get; set; }

    /// <summary>All together.</summary>
    public long AllBytes { get; set; }
}
