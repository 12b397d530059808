using NBomber.Contracts;
using NBomber.Counting;
using NBomber.Scheduling;

namespace NBomber.Running;

/// <summary>How far a scenario is.</summary>
internal sealed record ScenarioProgress(
    string Name, ScenarioOperation Operation, LoadTick Load, TimeSpan Elapsed, TimeSpan Duration, int Active, ScenarioMeasurements Measured,
    TimelinePoint? Latest);
