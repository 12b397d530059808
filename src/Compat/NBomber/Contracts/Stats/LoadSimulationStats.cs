namespace NBomber.Contracts.Stats;

/// <summary>A load simulation at a moment.</summary>
public sealed class LoadSimulationStats
{
    /// <summary>Its name in lower case with underscores, such as <c>keep_constant</c>.</summary>
    public string SimulationName { get; set; } = "";

    /// <summary>Its copies, or its rate per interval.</summary>
    public int Value { get; set; }
}
