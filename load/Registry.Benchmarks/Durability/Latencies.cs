using System.Diagnostics;
using System.Globalization;

namespace Registry.Benchmarks.Durability;

/// <summary>How long things took. One thread.</summary>
internal sealed class Latencies
{
    private readonly List<long> _ticks = [];

    public double Maximum => Of(_ticks.Max());

    public int Count => _ticks.Count;

    public void Add(long started) => _ticks.Add(Stopwatch.GetTimestamp() - started);

    public void Add(Latencies others) => _ticks.AddRange(others._ticks);

    /// <summary>In milliseconds.</summary>
    public double Percentile(double share)
    {
        _ticks.Sort();
        return Of(_ticks[(int)Math.Min(_ticks.Count - 1, share * _ticks.Count)]);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"median {Percentile(0.5):0.00} ms, p99 {Percentile(0.99):0.00} ms, longest {Maximum:0.0} ms");

    private static double Of(long ticks) => ticks * 1_000.0 / Stopwatch.Frequency;
}
