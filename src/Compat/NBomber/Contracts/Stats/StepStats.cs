namespace NBomber.Contracts.Stats;

/// <summary>What one step measured.</summary>
public sealed class StepStats
{
    /// <summary>The step.</summary>
    public string StepName { get; set; } = "";

    /// <summary>Runs that ended well.</summary>
    public MeasurementStats Ok { get; set; } = new();

    /// <summary>Runs that failed.</summary>
    public MeasurementStats Fail { get; set; } = new();
}
