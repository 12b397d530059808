namespace NBomber.Contracts;

/// <summary>About one copy of a scenario. Immutable.</summary>
public sealed record ScenarioInfo
{
    internal ScenarioInfo(string scenarioName, int threadNumber, TimeSpan duration, ScenarioOperation operation)
    {
        ScenarioName = scenarioName;
        ThreadNumber = threadNumber;
        ThreadId = $"{scenarioName}_{threadNumber}";
        ScenarioDuration = duration;
        ScenarioOperation = operation;
    }

    /// <summary>Identifies the copy within a part of the run (warm-up, bombing).</summary>
    public string ThreadId { get; }

    /// <summary>The number of the copy, from 0. Copies that an open model uses again keep theirs.</summary>
    public int ThreadNumber { get; }

    /// <summary>The scenario.</summary>
    public string ScenarioName { get; }

    /// <summary>How long the load simulations of this part of the run take together.</summary>
    public TimeSpan ScenarioDuration { get; }

    /// <summary>The part of the run.</summary>
    public ScenarioOperation ScenarioOperation { get; }
}
