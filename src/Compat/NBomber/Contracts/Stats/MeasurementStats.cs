namespace NBomber.Contracts.Stats;

/// <summary>Measurements of what ended well, or of what failed.</summary>
public sealed class MeasurementStats
{
    /// <summary>How many, and how many per second.</summary>
    public RequestStats Request { get; set; } = new();

    /// <summary>How long they took.</summary>
    public LatencyStats Latency { get; set; } = new();

    /// <summary>What they transferred.</summary>
    public DataTransferStats DataTransfer { get; set; } = new();

    /// <summary>How many by status code, the most frequent first. Their counts add up to <see cref="Request"/>'s.</summary>
    public StatusCodeStats[] StatusCodes { get; set; } = [];
}
