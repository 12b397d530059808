using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>Makes scenarios. What is refused is refused when the test runs, with all scenarios at hand.</summary>
public static class Scenario
{
    /// <summary>Makes a scenario.</summary>
    /// <param name="name">Unique within a test, not empty.</param>
    /// <param name="run">One iteration. Copies of the scenario call it at once, each with a context of its own.</param>
    public static ScenarioProps Create(string name, Func<IScenarioContext, Task<IResponse>> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new ScenarioProps(name, run);
    }

    /// <summary>Makes a scenario that only has init and clean functions.</summary>
    /// <param name="name">Unique within a test, not empty.</param>
    public static ScenarioProps Empty(string name) => new(name, null);

    /// <summary>Sets what prepares the scenario, before any load. When it throws, the test ends and nothing is reported.</summary>
    public static ScenarioProps WithInit(this ScenarioProps scenario, Func<IScenarioInitContext, Task> initFunc) =>
        Of(scenario) with { Init = initFunc };

    /// <summary>Sets what tidies up after all load. When it throws, that is logged and the test goes on.</summary>
    public static ScenarioProps WithClean(this ScenarioProps scenario, Func<IScenarioInitContext, Task> cleanFunc) =>
        Of(scenario) with { Clean = cleanFunc };

    /// <summary>Sets how long the load runs before it counts. Default: 30 s, or the whole duration where that is less.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="duration">At least 1 s, at most the duration of the load simulations.</param>
    public static ScenarioProps WithWarmUpDuration(this ScenarioProps scenario, TimeSpan duration) =>
        Of(scenario) with { WarmUpDuration = duration, WarmUpChosen = true };

    /// <summary>Measurements count from the start.</summary>
    public static ScenarioProps WithoutWarmUp(this ScenarioProps scenario) =>
        Of(scenario) with { WarmUpDuration = null, WarmUpChosen = true };

    /// <summary>Sets the load, one simulation after the other. Default: one copy for a minute.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="loadSimulations">At least one; closed ones and open ones do not mix.</param>
    public static ScenarioProps WithLoadSimulations(this ScenarioProps scenario, params LoadSimulation[] loadSimulations)
    {
        ArgumentNullException.ThrowIfNull(loadSimulations);
        return Of(scenario) with { LoadSimulations = [.. loadSimulations] };
    }

    /// <summary>Sets at how many failed iterations of this scenario the whole test stops. Warm-up does not count. Default: 5,000.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="maxFailCount">Not negative; 0 stops at the first failure too. Iterations that run then still end and count.</param>
    public static ScenarioProps WithMaxFailCount(this ScenarioProps scenario, int maxFailCount) =>
        Of(scenario) with { MaxFailCount = maxFailCount };

    /// <summary>Sets whether a failed step ends its iteration, as failed with the step's status code. Default: true.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="shouldRestart">False: the iteration goes on and looks at the step's response itself.</param>
    public static ScenarioProps WithRestartIterationOnFail(this ScenarioProps scenario, bool shouldRestart) =>
        Of(scenario) with { RestartIterationOnFail = shouldRestart };

    private static ScenarioProps Of(ScenarioProps scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return scenario;
    }
}
