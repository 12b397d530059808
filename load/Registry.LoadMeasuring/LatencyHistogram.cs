namespace Registry.LoadMeasuring;

/// <summary>
/// Latencies from 100 ns to 10 minutes with three significant digits, in about 200 KB whatever is recorded. Count, mean, smallest and
/// largest latency are exact. Not thread-safe: many threads record into a <see cref="LatencyRecorder"/>.
/// </summary>
public sealed class LatencyHistogram
{
    /// <summary>The largest latency that is told from larger ones: 10 minutes.</summary>
    public static readonly TimeSpan Highest = TimeSpan.FromMinutes(10);

    private readonly ValueHistogram _ticks;

    /// <summary>Makes an empty one.</summary>
    public LatencyHistogram()
        : this(new ValueHistogram(Highest.Ticks))
    {
    }

    private LatencyHistogram(ValueHistogram ticks) => _ticks = ticks;

    /// <summary>How many latencies were recorded.</summary>
    public long Count => _ticks.Count;

    /// <summary>How many of them were longer than <see cref="Highest"/>; they are in every other number too.</summary>
    public long BeyondRange => _ticks.BeyondRange;

    /// <summary>The shortest, exactly; zero when empty.</summary>
    public TimeSpan Min => new(_ticks.Min);

    /// <summary>The longest, exactly; zero when empty.</summary>
    public TimeSpan Max => new(_ticks.Max);

    /// <summary>The mean; zero when empty.</summary>
    public TimeSpan Mean => new((long)_ticks.Mean);

    /// <summary>The standard deviation; zero when empty.</summary>
    public TimeSpan StdDev => new((long)_ticks.StdDev);

    /// <summary>Records one latency.</summary>
    /// <param name="latency">Not negative; below 100 ns it counts as zero.</param>
    public void Record(TimeSpan latency) => _ticks.Record(latency.Ticks);

    /// <summary>
    /// The latency that the given share does not exceed (nearest rank): never below the exact one, at most 1/1,024 above it. Zero when
    /// empty.
    /// </summary>
    /// <param name="percentile">From 0 to 100: 99.9 for p99.9.</param>
    public TimeSpan Percentile(double percentile) => new(_ticks.Percentile(percentile));

    /// <summary>Adds all that another one counted, exactly as if it had been recorded here.</summary>
    public void Add(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _ticks.Add(other._ticks);
    }

    /// <summary>What was recorded since an earlier state of this one.</summary>
    public LatencyHistogram Since(LatencyHistogram earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return new LatencyHistogram(_ticks.Since(earlier._ticks));
    }

    /// <summary>A copy that later records do not change.</summary>
    public LatencyHistogram Copy() => new(_ticks.Copy());
}
