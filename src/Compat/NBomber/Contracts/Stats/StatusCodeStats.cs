namespace NBomber.Contracts.Stats;

/// <summary>How often a status code came.</summary>
public sealed class StatusCodeStats
{
    /// <summary>The code; empty for outcomes without one. -100: timed out or was cancelled; -101: threw.</summary>
    public string StatusCode { get; set; } = "";

    /// <summary>Whether it is one of failures.</summary>
    public bool IsError { get; set; }

    /// <summary>The first message that came with it; empty when none did.</summary>
    public string Message { get; set; } = "";

    /// <summary>How often.</summary>
    public int Count { get; set; }

    /// <summary>The share of all iterations, or runs of the step, as a whole percentage.</summary>
    public int Percent { get; set; }
}
