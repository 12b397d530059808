using NBomber.CSharp;
using NBomber.Tests.StandIn.Harness;
using Registry.TestKit;
using Xunit;

namespace NBomber.Tests.StandIn.Running;

public sealed class LoadTests
{
    [Fact]
    public async Task AnOpenLoad_StartsExactlyWhatItsRateSays_HoweverSlowTheServerIs()
    {
        var begun = 0;
        var answer = new TaskCompletionSource();
        using var run = DrivenRun.Start(Scenario.Create("open", async _ =>
        {
            Interlocked.Increment(ref begun);
            await answer.Task;
            return Response.Ok();
        }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(25, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4))));

        // Nobody answers: a closed load would stand still.
        await run.PassAsync(TimeSpan.FromSeconds(4));
        await Within.BecomesAsync("the load is over", 100, () => Volatile.Read(ref begun));
        answer.SetResult();
        var stats = await run.ToEndAsync();
        Assert.Equal((100, 100, 0), (stats.AllRequestCount, stats.AllOkCount, stats.AllFailCount));
        Assert.Equal(25, stats.ScenarioStats[0].Ok.Request.RPS);
    }

    [Fact]
    public async Task TheIterationsOfAnInterval_AreSpreadOverIt()
    {
        var begun = 0;
        using var run = DrivenRun.Start(Scenario.Create("open", _ =>
        {
            Interlocked.Increment(ref begun);
            return Task.FromResult<Contracts.IResponse>(Response.Ok());
        }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(1000, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10))));

        await run.PassAsync(TimeSpan.FromSeconds(5));
        await Within.HoldsAsync("half of the interval", "about half", () => Volatile.Read(ref begun), now => now is > 400 and < 600);
        var stats = await run.ToEndAsync();
        Assert.Equal(1000, stats.AllOkCount);
    }

    [Fact]
    public async Task AClosedLoad_KeepsItsCopiesBusy_AndGoesUpAndDown()
    {
        var busy = 0;
        using var gate = new SemaphoreSlim(0);
        using var run = DrivenRun.Start(Scenario.Create("closed", async _ =>
        {
            Interlocked.Increment(ref busy);
            await gate.WaitAsync();
            Interlocked.Decrement(ref busy);
            return Response.Ok();
        }).WithoutWarmUp().WithLoadSimulations(
            Simulation.RampingConstant(8, TimeSpan.FromSeconds(4)), Simulation.KeepConstant(3, TimeSpan.FromSeconds(2))));

        foreach (var expected in new[] { 2, 4, 6, 8 })
        {
            await run.WaitingAsync();
            await Within.BecomesAsync("copies", expected, () => Volatile.Read(ref busy));
            await run.PassAsync(TimeSpan.FromSeconds(1));
        }

        // All end their iteration; three begin another.
        await run.WaitingAsync();
        gate.Release(8);
        await Within.BecomesAsync("copies", 3, () => Volatile.Read(ref busy));
        await run.PassAsync(TimeSpan.FromSeconds(2));
        gate.Release(3);
        var stats = await run.ToEndAsync();
        Assert.Equal(11, stats.AllOkCount);
    }

    [Fact]
    public async Task RatesLeavePausesOut_AndCopiesStopMeanwhile()
    {
        using var run = DrivenRun.Start(Scenario.Create("paused", _ => Task.FromResult<Contracts.IResponse>(Response.Ok()))
            .WithoutWarmUp().WithLoadSimulations(
                Simulation.Inject(10, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), Simulation.Pause(TimeSpan.FromSeconds(6)),
                Simulation.Inject(10, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2))));
        var stats = (await run.ToEndAsync()).ScenarioStats[0];
        Assert.Equal((40, 10.0, TimeSpan.FromSeconds(10)), (stats.Ok.Request.Count, stats.Ok.Request.RPS, stats.Duration));
    }

    [Fact]
    public async Task LatencyIsTheTimeFromTheStartOfAnIterationToItsEnd()
    {
        var begun = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        using var run = DrivenRun.Start(Scenario.Create("latency", async _ =>
        {
            begun.TrySetResult();
            await answer.Task;
            return Response.Ok();
        }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1))));

        // The load is over, so nothing but the answer is waited for, and nobody drives the clock any more.
        await run.PassAsync(TimeSpan.FromSeconds(1));
        await Within.DeadlineAsync(begun.Task, "the iteration", "to begin");
        run.Clock.Advance(TimeSpan.FromSeconds(30));
        answer.SetResult();
        var latency = (await Within.DeadlineAsync(run.Ended, "the test", "to end")).ScenarioStats[0].Ok.Latency;
        Assert.InRange(latency.MaxMs, 30_000, 31_000);
        Assert.Equal(latency.MinMs, latency.MaxMs);
    }

    [Fact]
    public async Task TheWarmUp_RunsTheLoad_AndCountsForNothing()
    {
        var operations = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var run = DrivenRun.Start(Scenario.Create("warm", context =>
        {
            var operation = context.ScenarioInfo.ScenarioOperation;
            operations.Enqueue(operation.ToString());
            return Task.FromResult<Contracts.IResponse>(
                operation == Contracts.ScenarioOperation.WarmUp ? Response.Fail(statusCode: "cold") : Response.Ok());
        }).WithWarmUpDuration(TimeSpan.FromSeconds(2)).WithMaxFailCount(1)
            .WithLoadSimulations(Simulation.Inject(5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4))));
        var stats = await run.ToEndAsync();
        Assert.Equal((20, 0), (stats.AllOkCount, stats.AllFailCount));
        Assert.Equal(10, operations.Count(operation => operation == "WarmUp"));
        Assert.Equal(20, operations.Count(operation => operation == "Bombing"));
    }
}
