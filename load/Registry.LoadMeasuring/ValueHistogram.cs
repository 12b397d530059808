namespace Registry.LoadMeasuring;

/// <summary>
/// Counts non-negative whole numbers in log-linear buckets: three significant digits, fixed memory whatever is recorded, mergeable.
/// Count, sum, smallest and largest value are exact. Not thread-safe: it belongs to one thread, or lies behind a lock
/// (<see cref="LatencyRecorder"/>, <see cref="Striped{T}"/>).
/// </summary>
public sealed class ValueHistogram
{
    private readonly long[] _counts;
    private Int128 _sum;
    private long _min = long.MaxValue;
    private long _max;

    /// <summary>Makes an empty one.</summary>
    /// <param name="highest">The largest value that has a bucket; larger ones count into the last, see <see cref="BeyondRange"/>.</param>
    public ValueHistogram(long highest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(highest, 1);
        Highest = highest;
        _counts = new long[LogLinearBuckets.IndexOf(highest) + 1];
    }

    /// <summary>The largest value that has a bucket.</summary>
    public long Highest { get; }

    /// <summary>How many values were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them were larger than <see cref="Highest"/>. They are in every other number too; a percentile among them
    /// is reported as <see cref="Max"/>.</summary>
    public long BeyondRange { get; private set; }

    /// <summary>The smallest value, exactly; 0 when empty.</summary>
    public long Min => Count == 0 ? 0 : _min;

    /// <summary>The largest value, exactly; 0 when empty.</summary>
    public long Max => _max;

    /// <summary>The sum of all values, exactly; as a double.</summary>
    public double Sum => (double)_sum;

    /// <summary>The mean; 0 when empty.</summary>
    public double Mean => Count == 0 ? 0 : (double)_sum / Count;

    /// <summary>The standard deviation of all values (not of a sample of more), from the middles of the buckets; 0 when empty.</summary>
    public double StdDev
    {
        get
        {
            if (Count == 0)
                return 0;
            var mean = Mean;
            var squares = 0.0;
            for (var i = 0; i < _counts.Length; i++)
            {
                if (_counts[i] == 0)
                    continue;
                var middle = ((double)LogLinearBuckets.LowestOf(i) + LogLinearBuckets.HighestOf(i)) / 2;
                squares += _counts[i] * (middle - mean) * (middle - mean);
            }

            return Math.Sqrt(squares / Count);
        }
    }

    /// <summary>Records a value, or the same value several times.</summary>
    /// <param name="value">Not negative.</param>
    /// <param name="times">How often; 0 changes nothing.</param>
    public void Record(long value, long times = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        if (times == 0)
            return;
        if (value > Highest)
            BeyondRange += times;
        _counts[value > Highest ? ^1 : LogLinearBuckets.IndexOf(value)] += times;
        Count += times;
        _sum += (Int128)value * times;
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
    }

    /// <summary>Adds all that another one counted, exactly as if it had been recorded here.</summary>
    public void Add(ValueHistogram other)
    {
        RefuseOtherRange(other);
        if (other.Count == 0)
            return;
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
        BeyondRange += other.BeyondRange;
        _sum += other._sum;
        _min = Math.Min(_min, other._min);
        _max = Math.Max(_max, other._max);
    }

    /// <summary>What was recorded since an earlier state of this one. The smallest and largest value are known to a bucket only.</summary>
    public ValueHistogram Since(ValueHistogram earlier)
    {
        RefuseOtherRange(earlier);
        var difference = new ValueHistogram(Highest)
        {
            Count = Count - earlier.Count, BeyondRange = BeyondRange - earlier.BeyondRange, _sum = _sum - earlier._sum,
        };
        for (var i = 0; i < _counts.Length; i++)
        {
            var count = _counts[i] - earlier._counts[i];
            if (count == 0)
                continue;
            if (count < 0)
                throw new ArgumentException("This is no earlier state: it counts more.", nameof(earlier));
            difference._counts[i] = count;
            difference._min = Math.Min(difference._min, Math.Max(LogLinearBuckets.LowestOf(i), _min));
            difference._max = Math.Min(LogLinearBuckets.HighestOf(i), _max);
        }

        if (difference.BeyondRange > 0)
            difference._max = _max;
        return difference;
    }

    /// <summary>
    /// The value that the given share of all values does not exceed (nearest rank), as the largest value of its bucket, so at most
    /// 1/1,024 above the exact one and never below it.
    /// </summary>
    /// <param name="percentile">From 0 to 100: 99.9 for p99.9.</param>
    /// <returns>0 when empty.</returns>
    public long Percentile(double percentile)
    {
        if (!(percentile is >= 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(percentile), percentile, "A percentile lies between 0 and 100.");
        if (Count == 0)
            return 0;

        // The product may be a hair above a whole number that it stands for: 99.9 * 1000 / 100 is one.
        var rank = Math.Max(1, (long)Math.Ceiling((percentile * Count / 100) - (1e-9 * Count)));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return rank > Count - BeyondRange ? _max : Math.Clamp(LogLinearBuckets.HighestOf(i), Min, _max);
        }

        return _max;
    }

    /// <summary>A copy that later records do not change.</summary>
    public ValueHistogram Copy()
    {
        var copy = new ValueHistogram(Highest);
        copy.Add(this);
        return copy;
    }

    private void RefuseOtherRange(ValueHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Highest != Highest)
            throw new ArgumentException($"Its range ends at {other.Highest}, this one's at {Highest}.", nameof(other));
    }
}
