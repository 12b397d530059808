namespace Registry.LoadTests.Verdicts;

/// <summary>
/// Whether a heap that is looked at from outside grows. Between two full collections it grows in any case, so of each stretch of the run
/// only the least counts; a line of least squares through these says how fast. The first fifth is warm-up: pools fill, code is compiled.
/// </summary>
/// <remarks>The test kit's slope is of its own process and of cycles that it runs itself, one block after the other.</remarks>
internal sealed class HeapTrend
{
    private const double WarmUp = 0.2;
    private const int Stretches = 20;
    private const int SamplesPerStretch = 4;

    // Guards _samples; nothing is taken or called inside.
    private readonly Lock _gate = new();
    private readonly List<(double Seconds, double Bytes)> _samples = [];

    /// <summary>One look.</summary>
    public void Add(TimeSpan at, long bytes)
    {
        lock (_gate)
            _samples.Add((at.TotalSeconds, bytes));
    }

    /// <summary>How many looks there were, and what they saw at some moments of the run, evenly spread.</summary>
    public (int Looks, IReadOnlyList<double> Bytes) Course(int moments)
    {
        lock (_gate)
            return (_samples.Count, [.. Enumerable.Range(0, _samples.Count == 0 ? 0 : moments)
                .Select(i => _samples[i * (_samples.Count - 1) / (moments - 1)].Bytes)]);
    }

    /// <summary>The slope in bytes per second, and the time that it was measured over; null: there were too few looks to tell.</summary>
    public (double BytesPerSecond, TimeSpan Over)? Measure()
    {
        List<(double Seconds, double Bytes)> all;
        lock (_gate)
            all = [.. _samples];
        var counted = all.Skip((int)(all.Count * WarmUp)).ToList();
        var stretches = Math.Min(Stretches, counted.Count / SamplesPerStretch);
        if (stretches < 3)
            return null;
        var least = counted.Chunk((counted.Count + stretches - 1) / stretches).Select(c => c.MinBy(s => s.Bytes)).ToList();
        var (meanX, meanY) = (least.Average(s => s.Seconds), least.Average(s => s.Bytes));
        var spread = least.Sum(s => (s.Seconds - meanX) * (s.Seconds - meanX));
        var slope = least.Sum(s => (s.Seconds - meanX) * (s.Bytes - meanY)) / spread;
        return (slope, TimeSpan.FromSeconds(counted[^1].Seconds - counted[0].Seconds));
    }
}
