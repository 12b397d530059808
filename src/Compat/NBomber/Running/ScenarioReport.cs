using NBomber.Contracts.Stats;
using NBomber.Counting;
using Registry.LoadMeasuring;

namespace NBomber.Running;

/// <summary>All that is known of a scenario at the end.</summary>
/// <param name="Stats">The public records.</param>
/// <param name="Measured">What they were made from.</param>
/// <param name="Timeline">How it went over time.</param>
/// <param name="StartLag">Open load: how much later than planned iterations began.</param>
/// <param name="Begun">Iterations that began, counted apart from how they ended.</param>
/// <param name="GivenUp">Iterations that did not end.</param>
/// <param name="RatedSeconds">What rates are per: the load without its pauses, 1 at least.</param>
internal sealed record ScenarioReport(
    ScenarioStats Stats, ScenarioMeasurements Measured, IReadOnlyList<TimelinePoint> Timeline, LatencyHistogram? StartLag, long Begun,
    int GivenUp, double RatedSeconds)
{
    /// <summary>Whether what began is what ended. Anything else is a bug of the counters, and the reports say so.</summary>
    public bool CountersAgree => Begun == Measured.Iterations.Count;
}
