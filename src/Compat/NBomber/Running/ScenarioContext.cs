using NBomber.Contracts;

namespace NBomber.Running;

/// <summary>The context of one copy.</summary>
internal sealed class ScenarioContext(ScenarioCopy copy, ScenarioInfo info, ScenarioRun run) : IScenarioContext
{
    public ScenarioCopy Copy => copy;

    public ScenarioInfo ScenarioInfo => info;

    public ILogger Logger => run.Log;

    public long InvocationNumber { get; private set; }

    public Dictionary<string, object> Data { get; private set; } = [];

    public void StopScenario(string scenarioName, string reason) => run.Stops.StopScenario(scenarioName, reason);

    public void StopCurrentTest(string reason) => run.Stops.StopTest(reason);

    // A new dictionary where the old one was used: something left running by the last iteration may still hold it.
    public void Next()
    {
        InvocationNumber++;
        if (Data.Count > 0)
            Data = [];
    }
}
