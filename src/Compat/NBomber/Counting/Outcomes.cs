using Registry.LoadMeasuring;

namespace NBomber.Counting;

/// <summary>What ended well, or what failed: counts, latencies, sizes, codes. Lies behind the lock of a stripe, or is a copy.</summary>
internal sealed class Outcomes
{
    // Sizes up to 1 TiB are told apart.
    private const long LargestSize = 1L << 40;

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(1200);

    private readonly Dictionary<string, CodeCount> _codes = [];

    // Null until something is recorded: many steps never fail, and most scenarios give no sizes.
    private LatencyHistogram? _latencies;
    private ValueHistogram? _sizes;

    public long Count { get; private set; }

    public long AtMost800 { get; private set; }

    public long AtLeast1200 { get; private set; }

    public IReadOnlyDictionary<string, CodeCount> Codes => _codes;

    public LatencyHistogram Latencies => _latencies ?? new LatencyHistogram();

    public ValueHistogram Sizes => _sizes ?? new ValueHistogram(LargestSize);

    public void Record(in Measured measured)
    {
        if (measured.SizeBytes > 0 && _sizes is null)
        {
            // All before this one had no size.
            _sizes = new ValueHistogram(LargestSize);
            _sizes.Record(0, Count);
        }

        Count++;
        if (measured.Latency <= Quick)
            AtMost800++;
        else if (measured.Latency >= Slow)
            AtLeast1200++;
        (_latencies ??= new LatencyHistogram()).Record(measured.Latency);
        _sizes?.Record(measured.SizeBytes);
        CodeFor(measured.StatusCode).Add(1, measured.Message);
    }

    public void Add(Outcomes other)
    {
        if (other._sizes is not null || _sizes is not null)
        {
            if (_sizes is null)
            {
                _sizes = new ValueHistogram(LargestSize);
                _sizes.Record(0, Count);
            }

            if (other._sizes is null)
                _sizes.Record(0, other.Count);
            else
                _sizes.Add(other._sizes);
        }

        Count += other.Count;
        AtMost800 += other.AtMost800;
        AtLeast1200 += other.AtLeast1200;
        if (other._latencies is not null)
            (_latencies ??= new LatencyHistogram()).Add(other._latencies);
        foreach (var (code, count) in other._codes)
            CodeFor(code).Add(count.Count, count.Message);
    }

    // A code with an identifier in it must not fill the memory. The counts still add up.
    private CodeCount CodeFor(string code)
    {
        if (_codes.TryGetValue(code, out var count))
            return count;
        if (_codes.Count >= OutcomeCounters.MaxKinds)
            code = OutcomeCounters.OtherKinds;
        if (!_codes.TryGetValue(code, out count))
            _codes.Add(code, count = new CodeCount());
        return count;
    }
}
