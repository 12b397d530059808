using NBomber.Counting;
using NBomber.Tests.Measuring;
using Xunit;

namespace NBomber.Tests.StandIn.Counting;

public sealed class ScenarioRecorderTests
{
    [Fact]
    public void ManyWorkers_LoseNoIteration_AndNoStatusCode() => Assert.Null(Workers.WhatIsWrong(new Recorded(step: null)));

    [Fact]
    public void ManyWorkers_LoseNoRunOfAStep() => Assert.Null(Workers.WhatIsWrong(new Recorded("step")));

    [Fact]
    public void Snapshots_TakenMeanwhile_AlwaysAddUp()
    {
        var recorded = new Recorded(step: null);
        Assert.Null(Workers.WhatIsWrong(recorded, () =>
        {
            var iterations = recorded.Recorder.Snapshot().Iterations;
            Assert.Equal(iterations.Fail.Count, iterations.Fail.Codes.Values.Sum(code => code.Count));
            Assert.Equal(iterations.Ok.Count, iterations.Ok.Latencies.Count);
        }));
    }

    [Fact]
    public void Sizes_ThatComeLate_LeaveTheEarlierOnesAtZero()
    {
        var recorder = new ScenarioRecorder();
        for (var i = 0; i < 9; i++)
            recorder.RecordIteration(new Measured(false, "", "", 0, TimeSpan.Zero));
        recorder.RecordIteration(new Measured(false, "", "", 1000, TimeSpan.Zero));
        var sizes = recorder.Snapshot().Iterations.Ok.Sizes;
        Assert.Equal((10, 0, 1000, 100.0), (sizes.Count, sizes.Min, sizes.Max, sizes.Mean));
    }

    [Fact]
    public void ATimeline_ThatGrowsTooLong_HasFewerLongerPoints_AndTheSameCounts()
    {
        var recorder = new ScenarioRecorder();
        var timeline = new Timeline(capacity: 8);
        for (var second = 1; second <= 100; second++)
        {
            for (var i = 0; i < second; i++)
                recorder.RecordIteration(new Measured(i % 4 == 0, i % 8 == 0 ? "a" : "b", "", 0, TimeSpan.FromMilliseconds(second)));
            timeline.Look(TimeSpan.FromSeconds(second), recorder.Snapshot(), second);
        }

        var all = recorder.Snapshot().Iterations;
        Assert.InRange(timeline.Points.Count, 4, 8);
        Assert.Equal(all.Ok.Count, timeline.Points.Sum(point => point.Ok));
        Assert.Equal(all.Fail.Count, timeline.Points.Sum(point => point.Fail));
        Assert.Equal(all.Fail.Codes["a"].Count, timeline.Points.Sum(point => point.FailByCode.GetValueOrDefault("a")));
        Assert.Equal(TimeSpan.FromSeconds(100), timeline.Points[^1].End);
        Assert.All(timeline.Points.Zip(timeline.Points.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    private sealed class Recorded(string? step) : IAttempts
    {
        public ScenarioRecorder Recorder { get; } = new();

        public void Ok() => Record(new Measured(false, "200", "", 10, TimeSpan.FromMilliseconds(1)));

        public void Fail(string kind) => Record(new Measured(true, kind, "why", 0, TimeSpan.FromMilliseconds(2)));

        public (long All, long Ok, IReadOnlyDictionary<string, long> FailedByKind) Totals()
        {
            var all = step is null ? Recorder.Snapshot().Iterations : Recorder.Snapshot().Steps.Single().All;
            Assert.Equal(all.Ok.Count, all.Ok.Latencies.Count);
            Assert.Equal(all.Ok.Count * 10, (long)all.Ok.Sizes.Sum);
            return (all.Count, all.Ok.Count, all.Fail.Codes.ToDictionary(code => code.Key, code => code.Value.Count));
        }

        private void Record(Measured measured)
        {
            if (step is null)
                Recorder.RecordIteration(measured);
            else
                Recorder.RecordStep(step, measured);
        }
    }
}
