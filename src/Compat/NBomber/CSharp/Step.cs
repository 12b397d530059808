using NBomber.Contracts;
using NBomber.Running;

namespace NBomber.CSharp;

/// <summary>Measures a part of an iteration.</summary>
public static class Step
{
    /// <summary>Runs a step and measures it. Steps of one iteration may run at once.</summary>
    /// <param name="name">Steps are counted by it; not empty, and not <c>global information</c>.</param>
    /// <param name="context">The context of the iteration.</param>
    /// <param name="run">The step. What it throws is counted as its failure: -100 when cancelled, else -101.</param>
    /// <returns>Its response. Where a failed step ends the iteration, the task fails instead: let that exception pass.</returns>
    public static Task<Response<T>> Run<T>(string name, IScenarioContext context, Func<Task<Response<T>>> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (context is not ScenarioContext own)
            throw new ArgumentException("A step runs with the context of its iteration.", nameof(context));
        return own.Copy.RunStepAsync(name, run);
    }
}
