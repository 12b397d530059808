namespace NBomber.Contracts;

/// <summary>A scenario and how it is to be run. Made by <see cref="CSharp.Scenario"/>. Immutable.</summary>
public sealed record ScenarioProps
{
    internal ScenarioProps(string scenarioName, Func<IScenarioContext, Task<IResponse>>? run)
    {
        ScenarioName = scenarioName;
        Run = run;
    }

    /// <summary>The name, unique within a test.</summary>
    public string ScenarioName { get; }

    internal Func<IScenarioContext, Task<IResponse>>? Run { get; }

    internal Func<IScenarioInitContext, Task>? Init { get; init; }

    internal Func<IScenarioInitContext, Task>? Clean { get; init; }

    // Null: none.
    internal TimeSpan? WarmUpDuration { get; init; } = TimeSpan.FromSeconds(30);

    // Whether somebody asked for it. A default gives way where the load is shorter.
    internal bool WarmUpChosen { get; init; }

    internal IReadOnlyList<LoadSimulation> LoadSimulations { get; init; } = [CSharp.Simulation.KeepConstant(1, TimeSpan.FromMinutes(1))];

    internal int MaxFailCount { get; init; } = 5000;

    internal bool RestartIterationOnFail { get; init; } = true;
}
