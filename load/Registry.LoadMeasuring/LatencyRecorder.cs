namespace Registry.LoadMeasuring;

/// <summary>
/// A latency histogram for many threads: stripes, merged when somebody asks. Thread-safe, and no record is ever lost.
/// </summary>
/// <remarks>
/// Under an open load model, record from when a request was meant to start: measured from when it did start, the wait behind a slow
/// server disappears from the numbers ("coordinated omission").
/// </remarks>
public sealed class LatencyRecorder
{
    private readonly Striped<LatencyHistogram> _stripes = new(() => new LatencyHistogram());

    /// <summary>Records one latency.</summary>
    /// <param name="latency">Not negative.</param>
    public void Record(TimeSpan latency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latency, TimeSpan.Zero);
        _stripes.Update(latency, static (histogram, value) => histogram.Record(value));
    }

    /// <summary>All that was recorded, as a histogram of the caller's own.</summary>
    public LatencyHistogram Snapshot() => _stripes.Fold(new LatencyHistogram(), static (total, stripe) => total.Add(stripe));
}
