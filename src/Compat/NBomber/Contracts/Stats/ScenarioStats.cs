namespace NBomber.Contracts.Stats;

/// <summary>What one scenario measured. Its warm-up is not in it.</summary>
public sealed class ScenarioStats
{
    /// <summary>The scenario.</summary>
    public string ScenarioName { get; set; } = "";

    /// <summary>Iterations that ended well.</summary>
    public MeasurementStats Ok { get; set; } = new();

    /// <summary>Iterations that failed.</summary>
    public MeasurementStats Fail { get; set; } = new();

    /// <summary>One entry per step, in the order in which they first ended; empty for a scenario without steps.</summary>
    public StepStats[] StepStats { get; set; } = [];

    /// <summary>The simulation at the end.</summary>
    public LoadSimulationStats LoadSimulationStats { get; set; } = new();

    /// <summary>The part of the run that it was in.</summary>
    public OperationType CurrentOperation { get; set; }

    /// <summary>Iterations: ok plus failed. Each that began is here, also one that had to be given up.</summary>
    public int AllRequestCount { get; set; }

    /// <summary>Iterations that ended well.</summary>
    public int AllOkCount { get; set; }

    /// <summary>Iterations that failed.</summary>
    public int AllFailCount { get; set; }

    /// <summary>Bytes that the iterations said they transferred.</summary>
    public long AllBytes { get; set; }

    /// <summary>How long the load went on, pauses included, without the wait for the last iterations.</summary>
    public TimeSpan Duration { get; set; }
}
