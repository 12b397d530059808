namespace NBomber.Counting;

/// <summary>What happened between two looks at the counters.</summary>
/// <param name="Start">From, since the start of the load.</param>
/// <param name="End">To.</param>
/// <param name="Ok">Iterations that ended well.</param>
/// <param name="Fail">Iterations that failed.</param>
/// <param name="Percent50">The median latency of what ended well; null: nothing did.</param>
/// <param name="Percent95">Its 95th percentile.</param>
/// <param name="Percent99">Its 99th percentile.</param>
/// <param name="FailByCode">Failures by status code.</param>
/// <param name="Load">Copies at the end of it, or iterations in progress.</param>
internal sealed record TimelinePoint(
    TimeSpan Start, TimeSpan End, long Ok, long Fail, TimeSpan? Percent50, TimeSpan? Percent95, TimeSpan? Percent99,
    IReadOnlyDictionary<string, long> FailByCode, int Load)
{
    public TimeSpan Width => End - Start;

    /// <summary>Two neighbours in one. Percentiles cannot be put together from percentiles: the higher one stands for both.</summary>
    public TimelinePoint With(TimelinePoint next)
    {
        var codes = new Dictionary<string, long>(FailByCode);
        foreach (var (code, count) in next.FailByCode)
            codes[code] = codes.GetValueOrDefault(code) + count;
        return new TimelinePoint(
            Start, next.End, Ok + next.Ok, Fail + next.Fail, Max(Percent50, next.Percent50), Max(Percent95, next.Percent95),
            Max(Percent99, next.Percent99), codes, Math.Max(Load, next.Load));
    }

    private static TimeSpan? Max(TimeSpan? a, TimeSpan? b) => a is null || b > a ? b : a;
}
