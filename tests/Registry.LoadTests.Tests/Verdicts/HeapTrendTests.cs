using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Tests.Verdicts;

public sealed class HeapTrendTests
{
    private const double LeakPerSecond = 10_000;

    [Fact]
    public void Saw_ThatFallsBackToWhereItWas_IsFlat() => Assert.InRange(SlopeOf(leak: 0), -500, 500);

    [Fact]
    public void Saw_ThatFallsBackToALittleMoreEachTime_Grows() =>
        Assert.InRange(SlopeOf(LeakPerSecond), LeakPerSecond * 0.9, LeakPerSecond * 1.1);

    [Fact]
    public void FewLooks_TellNothing()
    {
        var trend = new HeapTrend();
        for (var i = 0; i < 10; i++)
            trend.Add(TimeSpan.FromSeconds(i), i * 1_000_000);
        Assert.Null(trend.Measure());
    }

    // Twenty megabytes of garbage between two collections, ten seconds apart, on a heap of fifty.
    private static double SlopeOf(double leak)
    {
        var trend = new HeapTrend();
        for (var i = 0; i < 1_200; i++)
        {
            var seconds = i / 2.0;
            trend.Add(TimeSpan.FromSeconds(seconds), (long)(50_000_000 + (leak * seconds) + (2_000_000 * (seconds % 10))));
        }

        return Assert.NotNull(trend.Measure()).BytesPerSecond;
    }
}
