using Registry.LoadMeasuring;
using Xunit;

namespace NBomber.Tests.Measuring;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Percentiles = [0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    [InlineData(3, 1_000)]
    [InlineData(4, 100_000)]
    public void APercentile_IsNeverBelowTheExactOne_AndAtMostAThousandthAbove(int seed, int count)
    {
        var random = new Random(seed);
        var histogram = new LatencyHistogram();
        var exact = new long[count];
        for (var i = 0; i < count; i++)
        {
            // Over all orders of magnitude, from 100 ns to 10 minutes.
            exact[i] = (long)Math.Pow(10, random.NextDouble() * Math.Log10(LatencyHistogram.Highest.Ticks));
            histogram.Record(new TimeSpan(exact[i]));
        }

        Array.Sort(exact);
        foreach (var percentile in Percentiles)
        {
            var expected = exact[Math.Max(0, (int)Math.Ceiling((decimal)percentile * count / 100) - 1)];
            var actual = histogram.Percentile(percentile).Ticks;
            Assert.True(
                actual >= expected && actual <= expected + (expected / 1024.0),
                $"p{percentile} of {count} (seed {seed}): {actual} for {expected}");
        }

        Assert.Equal(exact[0], histogram.Min.Ticks);
        Assert.Equal(exact[^1], histogram.Max.Ticks);
        Assert.Equal((long)exact.Average(), histogram.Mean.Ticks, 1.0);
        Assert.Equal(count, histogram.Count);
    }

    [Fact]
    public void EveryValueUpToThreeSignificantDigits_HasABucketOfItsOwn()
    {
        var histogram = new ValueHistogram(1_000_000);
        for (var value = 0; value < 2048; value++)
            histogram.Record(value);
        for (var rank = 1; rank <= 2048; rank++)
            Assert.Equal(rank - 1, histogram.Percentile(100.0 * rank / 2048));
    }

    [Fact]
    public void PartsPutTogether_AreTheSameAsTheWhole()
    {
        var random = new Random(7);
        var whole = new LatencyHistogram();
        var parts = Enumerable.Range(0, 5).Select(_ => new LatencyHistogram()).ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var latency = TimeSpan.FromMilliseconds(Math.Exp(random.NextDouble() * 10));
            whole.Record(latency);
            parts[random.Next(parts.Length)].Record(latency);
        }

        var merged = new LatencyHistogram();
        foreach (var part in parts)
            merged.Add(part);
        Assert.Equal(whole.Count, merged.Count);
        Assert.Equal((whole.Min, whole.Max, whole.Mean, whole.StdDev), (merged.Min, merged.Max, merged.Mean, merged.StdDev));
        Assert.All(Percentiles, percentile => Assert.Equal(whole.Percentile(percentile), merged.Percentile(percentile)));
    }

    [Fact]
    public void WhatCameSinceAnEarlierState_IsOnlyThat()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 1000; i++)
            histogram.Record(TimeSpan.FromSeconds(5));
        var earlier = histogram.Copy();
        for (var i = 1; i <= 100; i++)
            histogram.Record(TimeSpan.FromMilliseconds(i));

        var since = histogram.Since(earlier);
        Assert.Equal(100, since.Count);
        Assert.InRange(since.Percentile(50).TotalMilliseconds, 50, 50.1);
        Assert.InRange(since.Max.TotalMilliseconds, 100, 100.2);
        Assert.Equal(1000, earlier.Count);
    }

    [Fact]
    public void AMicrosecond_IsToldFromTwo()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(1));
        histogram.Record(TimeSpan.FromMicroseconds(2));
        Assert.Equal(TimeSpan.FromMicroseconds(1), histogram.Percentile(50));
        Assert.Equal(TimeSpan.FromMicroseconds(2), histogram.Percentile(100));
    }

    [Fact]
    public void LongerThanTenMinutes_IsCounted_AndTheLongestIsExact()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 99; i++)
            histogram.Record(TimeSpan.FromMilliseconds(1));
        histogram.Record(TimeSpan.FromHours(3));
        Assert.Equal(1, histogram.BeyondRange);
        Assert.Equal(TimeSpan.FromHours(3), histogram.Max);
        Assert.Equal(TimeSpan.FromHours(3), histogram.Percentile(100));
        Assert.InRange(histogram.Percentile(99).TotalMilliseconds, 1, 1.001);
        Assert.Equal(TimeSpan.FromHours(3), histogram.Since(new LatencyHistogram()).Percentile(100));
    }

    [Fact]
    public void TheStandardDeviation_IsThatOfTheValues()
    {
        var histogram = new LatencyHistogram();
        foreach (var ms in new[] { 2, 4, 4, 4, 5, 5, 7, 9 })
            histogram.Record(TimeSpan.FromMilliseconds(ms));
        Assert.Equal(2.0, histogram.StdDev.TotalMilliseconds, 0.01);
    }

    [Fact]
    public void AnEmptyOne_IsAllZero()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(
            (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero),
            (histogram.Min, histogram.Max, histogram.Mean, histogram.StdDev, histogram.Percentile(99)));
    }

    [Fact]
    public void NegativeLatencies_AndPercentilesThatAreNone_AreRefused()
    {
        var histogram = new LatencyHistogram();
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Record(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(100.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyRecorder().Record(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentException>(() => new ValueHistogram(10).Add(new ValueHistogram(11)));
    }
}
