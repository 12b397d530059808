namespace NBomber.Contracts;

/// <summary>What an iteration knows. Belongs to one copy of the scenario, which runs one iteration at a time.</summary>
public interface IScenarioContext
{
    /// <summary>About this copy.</summary>
    ScenarioInfo ScenarioInfo { get; }

    /// <summary>The log of the run. Thread-safe.</summary>
    ILogger Logger { get; }

    /// <summary>Which iteration of this copy this is, from 1. Take it as a long: it is an int in some versions.</summary>
    long InvocationNumber { get; }

    /// <summary>For the steps of one iteration to hand things on; empty when the next begins. Not thread-safe.</summary>
    Dictionary<string, object> Data { get; }

    /// <summary>Ends a scenario early; running iterations end as usual. A name that does not run changes nothing. Thread-safe.</summary>
    /// <param name="scenarioName">Which one.</param>
    /// <param name="reason">For the log and the reports.</param>
    void StopScenario(string scenarioName, string reason);

    /// <summary>Ends all scenarios early; running iterations end as usual. Thread-safe.</summary>
    /// <param name="reason">For the log and the reports.</param>
    void StopCurrentTest(string reason);
}
