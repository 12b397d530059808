using NBomber.Contracts.Stats;

namespace NBomber.Counting;

/// <summary>From measurements to the public records.</summary>
internal static class StatsBuilder
{
    /// <param name="name">The scenario.</param>
    /// <param name="measured">What it measured.</param>
    /// <param name="duration">How long the load went on.</param>
    /// <param name="seconds">What rates are per.</param>
    /// <param name="load">The load at the end.</param>
    /// <param name="operation">The part of the run.</param>
    public static ScenarioStats Scenario(
        string name, ScenarioMeasurements measured, TimeSpan duration, double seconds, LoadSimulationStats load, OperationType operation)
    {
        var all = measured.Iterations;
        return new ScenarioStats
        {
            ScenarioName = name,
            Ok = Measurement(all.Ok, all.Count, seconds, isError: false),
            Fail = Measurement(all.Fail, all.Count, seconds, isError: true),
            StepStats = [.. measured.Steps.Select(step => Step(step, seconds))],
            LoadSimulationStats = load,
            CurrentOperation = operation,
            AllRequestCount = Int(all.Count),
            AllOkCount = Int(all.Ok.Count),
            AllFailCount = Int(all.Fail.Count),
            AllBytes = (long)(all.Ok.Sizes.Sum + all.Fail.Sizes.Sum),
            Duration = duration,
        };
    }

    private static StepStats Step(StepMeasurements step, double seconds) => new()
    {
        StepName = step.Name,
        Ok = Measurement(step.All.Ok, step.All.Count, seconds, isError: false),
        Fail = Measurement(step.All.Fail, step.All.Count, seconds, isError: true),
    };

    private static MeasurementStats Measurement(Outcomes outcomes, long all, double seconds, bool isError) => new()
    {
        Request = new RequestStats
        {
            Count = Int(outcomes.Count), RPS = Math.Round(outcomes.Count / seconds, 2), Percent = Percent(outcomes.Count, all),
        },
        Latency = Latency(outcomes),
        DataTransfer = DataTransfer(outcomes),
        StatusCodes =
        [
            .. outcomes.Codes.OrderByDescending(code => code.Value.Count).ThenBy(code => code.Key, StringComparer.Ordinal)
                .Select(code => new StatusCodeStats
                {
                    StatusCode = code.Key,
                    IsError = isError,
                    Message = code.Value.Message,
                    Count = Int(code.Value.Count),
                    Percent = Percent(code.Value.Count, all),
                }),
        ],
    };

    private static LatencyStats Latency(Outcomes outcomes)
    {
        var latencies = outcomes.Latencies;
        return new LatencyStats
        {
            MinMs = Ms(latencies.Min),
            MeanMs = Ms(latencies.Mean),
            MaxMs = Ms(latencies.Max),
            Percent50 = Ms(latencies.Percentile(50)),
            Percent75 = Ms(latencies.Percentile(75)),
            Percent95 = Ms(latencies.Percentile(95)),
            Percent99 = Ms(latencies.Percentile(99)),
            StdDev = Ms(latencies.StdDev),
            LatencyCount = new LatencyCount
            {
                LessOrEq800 = Int(outcomes.AtMost800),
                More800Less1200 = Int(outcomes.Count - outcomes.AtMost800 - outcomes.AtLeast1200),
                MoreOrEq1200 = Int(outcomes.AtLeast1200),
            },
        };
    }

    private static DataTransferStats DataTransfer(Outcomes outcomes)
    {
        var sizes = outcomes.Sizes;
        return new DataTransferStats
        {
            MinBytes = sizes.Min,
            MeanBytes = (long)sizes.Mean,
            MaxBytes = sizes.Max,
            Percent50 = sizes.Percentile(50),
            Percent75 = sizes.Percentile(75),
            Percent95 = sizes.Percentile(95),
            Percent99 = sizes.Percentile(99),
            StdDev = Math.Round(sizes.StdDev, 2),
            AllBytes = (long)sizes.Sum,
        };
    }

    // The records count in ints. Rather the largest one than a number that went round.
    private static int Int(long value) => (int)Math.Min(value, int.MaxValue);

    private static int Percent(long part, long all) => all == 0 ? 0 : (int)Math.Round(100.0 * part / all, MidpointRounding.AwayFromZero);

    private static double Ms(TimeSpan latency) => Math.Round(latency.TotalMilliseconds, 4);
}
