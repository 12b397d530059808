using NBomber.Contracts;
using NBomber.CSharp;
using NBomber.Scheduling;
using Xunit;

namespace NBomber.Tests.StandIn.Scheduling;

public sealed class LoadPlanTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void KeepConstant_HasItsCopiesAllTheTime() =>
        Assert.Equal([7, 7, 7], Values(Simulation.KeepConstant(7, Seconds(3))));

    [Fact]
    public void RampingConstant_GoesUpOnceASecond_AndIsThereInItsLast() =>
        Assert.Equal([2, 4, 6, 8, 10], Values(Simulation.RampingConstant(10, Seconds(5))));

    [Fact]
    public void ARamp_BeginsWhereTheSimulationBeforeEnded_AndGoesDownToo() => Assert.Equal(
        [10, 10, 8, 6, 4, 2, 0], Values(Simulation.KeepConstant(10, Seconds(2)), Simulation.RampingConstant(0, Seconds(5))));

    [Fact]
    public void AfterAPause_ARampBeginsAtZero() => Assert.Equal(
        [10, 0, 5, 10], Values(Simulation.KeepConstant(10, Second), Simulation.Pause(Second), Simulation.RampingConstant(10, Seconds(2))));

    [Fact]
    public void AfterRandomRates_ARampBeginsAtTheLargest() => Assert.Equal(
        [15, 20], Values(Simulation.InjectRandom(1, 10, Second, Second), Simulation.RampingInject(20, Second, Seconds(2))).Skip(1));

    [Fact]
    public void RampsStepInWholePercents() =>
        Assert.Equal([330, 660, 1000], Values(Simulation.RampingConstant(1000, Seconds(3))));

    [Fact]
    public void Inject_HasItsRateInEveryInterval() => Assert.Equal(
        [3, 3, 3, 3], Values(Simulation.Inject(3, TimeSpan.FromMilliseconds(500), Seconds(2))));

    [Fact]
    public void AnIntervalThatIsCutShort_GetsItsShare() => Assert.Equal([10, 10, 5], Values(Simulation.Inject(10, Seconds(2), Seconds(5))));

    [Fact]
    public void RandomRates_StayBelowTheUpperBound_AndReachTheLower()
    {
        var values = Values(Simulation.InjectRandom(2, 5, Second, Seconds(200)));
        Assert.Equal([2, 3, 4], values.Distinct().Order());
    }

    [Fact]
    public void TicksFollowOneAnotherWithoutGaps_FromZeroToTheDuration()
    {
        var plan = LoadPlan.From(
            [Simulation.Inject(1, Seconds(3), Seconds(7)), Simulation.Pause(Seconds(2)), Simulation.Inject(1, Second, Second)]);
        var ticks = plan.Ticks(new Random(1)).ToList();
        Assert.Equal(TimeSpan.Zero, ticks[0].Start);
        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        Assert.Equal(Seconds(10), ticks[^1].End);
        Assert.Equal(Seconds(10), plan.Duration);
    }

    [Fact]
    public void AWarmUp_IsTheSameLoadCutShort()
    {
        var plan = LoadPlan.From([Simulation.RampingConstant(10, Seconds(10))]);
        Assert.Equal([1, 2, 3], plan.CutAt(Seconds(3)).Ticks(new Random(1)).Select(tick => tick.Value));
        Assert.Equal(Seconds(10), plan.CutAt(Seconds(30)).Duration);
    }

    [Fact]
    public void PausesAreToldApart_AlsoInTheirMiddle()
    {
        var plan = LoadPlan.From(
            [Simulation.KeepConstant(1, Seconds(2)), Simulation.Pause(Seconds(4)), Simulation.KeepConstant(1, Seconds(2))]);
        Assert.Equal(
            [Seconds(0), Seconds(1), Seconds(4)],
            new[] { Seconds(2), Seconds(3), Seconds(8) }.Select(plan.PausesUntil));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static List<int> Values(params LoadSimulation[] loads) =>
        [.. LoadPlan.From(loads).Ticks(new Random(1)).Select(tick => tick.Value)];
}
