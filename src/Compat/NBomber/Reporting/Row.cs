using NBomber.Counting;
using NBomber.Running;

namespace NBomber.Reporting;

/// <summary>A line of the tables: all iterations of a scenario, or one of its steps.</summary>
internal sealed record Row(string Name, Measurements All)
{
    public static IEnumerable<Row> Of(ScenarioReport scenario) =>
    [
        new Row(ScenarioRun.GlobalStep, scenario.Measured.Iterations),
        .. scenario.Measured.Steps.Select(step => new Row(step.Name, step.All)),
    ];
}
