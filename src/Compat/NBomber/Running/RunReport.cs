using NBomber.Contracts.Stats;

namespace NBomber.Running;

/// <summary>All that is known of a test at the end.</summary>
/// <param name="Test">The test.</param>
/// <param name="Node">Where it ran.</param>
/// <param name="Scenarios">The scenarios.</param>
/// <param name="Notes">What a reader has to know: early ends, given up iterations, numbers that do not agree.</param>
/// <param name="Interrupted">Whether somebody ended it from outside.</param>
/// <param name="Ended">When it was over, in UTC.</param>
internal sealed record RunReport(
    TestInfo Test, NodeInfo Node, IReadOnlyList<ScenarioReport> Scenarios, IReadOnlyList<string> Notes, bool Interrupted, DateTime Ended)
{
    public NodeStats ToStats() => new()
    {
        ScenarioStats = [.. Scenarios.Select(scenario => scenario.Stats)],
        NodeInfo = Node,
        TestInfo = Test,
        AllRequestCount = (int)Math.Min(int.MaxValue, Scenarios.Sum(scenario => scenario.Measured.Iterations.Count)),
        AllOkCount = (int)Math.Min(int.MaxValue, Scenarios.Sum(scenario => scenario.Measured.Iterations.Ok.Count)),
        AllFailCount = (int)Math.Min(int.MaxValue, Scenarios.Sum(scenario => scenario.Measured.Iterations.Fail.Count)),
        AllBytes = Scenarios.Sum(scenario => scenario.Stats.AllBytes),
        Duration = Scenarios.Count == 0 ? TimeSpan.Zero : Scenarios.Max(scenario => scenario.Stats.Duration),
    };
}
