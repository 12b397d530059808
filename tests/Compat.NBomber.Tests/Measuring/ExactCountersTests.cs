using Registry.LoadMeasuring;
using Xunit;

namespace NBomber.Tests.Measuring;

/// <summary>Nothing is lost, whoever counts at once. Seen to fail on the two doubles, which is asserted here as well.</summary>
public sealed class ExactCountersTests
{
    [Fact]
    public void ManyWorkers_LoseNoAttempt_AndNoKindOfFailure() => Assert.Null(Workers.WhatIsWrong(new Shipped()));

    [Fact]
    public void ReadingMeanwhile_ChangesNothing_AndNeverSeesMoreEndsThanBeginnings()
    {
        var shipped = new Shipped();
        var least = long.MaxValue;
        Assert.Null(Workers.WhatIsWrong(shipped, () => least = Math.Min(least, shipped.Open)));
        Assert.True(least >= 0, $"{least} attempts were open");
        Assert.Equal(0, shipped.Open);
    }

    [Fact]
    public void ACounterOfPlainIncrements_IsCaught() => Workers.AssertCaught(() => new PlainAttempts());

    // A double once ended the whole test process: its map threw what nobody had thought of, on a thread that nobody watched.
    [Fact]
    public void ACounterThatThrows_IsCaught_AndEndsNothingElse() =>
        Assert.StartsWith("crashed", Workers.WhatIsWrong(new ThrowingAttempts()), StringComparison.Ordinal);

    [Fact]
    public void ACounterThatIncrementsACopy_IsCaught() => Workers.AssertCaught(() => new LocalCopyAttempts());

    [Fact]
    public async Task ManyWorkers_LoseNoLatency()
    {
        var recorder = new LatencyRecorder();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(() =>
        {
            for (var i = 1; i <= 10_000; i++)
                recorder.Record(TimeSpan.FromTicks(i));
        })));
        var all = recorder.Snapshot();
        Assert.Equal(160_000, all.Count);
        Assert.Equal(TimeSpan.FromTicks(5000), all.Mean);
        Assert.InRange(all.Percentile(50).Ticks, 5000, 5005);
    }

    [Fact]
    public void MoreKindsThanAreKeptApart_StillAddUp()
    {
        var counters = new OutcomeCounters();
        for (var i = 0; i < 5 * 16 * OutcomeCounters.MaxKinds; i++)
            counters.Fail($"error {i}");
        var totals = counters.Totals();
        Assert.Equal(5 * 16 * OutcomeCounters.MaxKinds, totals.Failed);
        Assert.True(totals.FailedByKind[OutcomeCounters.OtherKinds] > 0);
        Assert.True(totals.FailedByKind.Count <= 16 * (OutcomeCounters.MaxKinds + 1));
    }

    private sealed class Shipped : IAttempts
    {
        private readonly OutcomeCounters _counters = new();

        public long Open => _counters.Totals().Open;

        public void Ok()
        {
            _counters.Begin();
            _counters.Ok();
        }

        public void Fail(string kind)
        {
            _counters.Begin();
            _counters.Fail(kind);
        }

        public (long All, long Ok, IReadOnlyDictionary<string, long> FailedByKind) Totals()
        {
            var totals = _counters.Totals();
            return (totals.Begun, totals.Ok, totals.FailedByKind);
        }
    }
}
