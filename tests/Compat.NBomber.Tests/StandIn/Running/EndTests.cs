using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using NBomber.Tests.StandIn.Harness;
using Registry.TestKit;
using Xunit;

namespace NBomber.Tests.StandIn.Running;

/// <summary>How tests end: as planned, early, or not at all by themselves.</summary>
public sealed class EndTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task AnInitThatThrows_EndsTheTest_BeforeAnyLoad_AndWhatWasPreparedIsCleaned()
    {
        var (ran, cleaned) = (0, new List<string>());
        using var run = DrivenRun.Start(
            Hurried("first", () => Interlocked.Increment(ref ran)).WithClean(_ => Remember(cleaned, "first")),
            Hurried("second", () => Interlocked.Increment(ref ran)).WithInit(_ => throw new IOException("no database"))
                .WithClean(_ => Remember(cleaned, "second")));
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => run.Ended);
        Assert.Equal("The init function of scenario 'second' threw: no database", thrown.Message);
        Assert.IsType<IOException>(thrown.InnerException);
        Assert.Equal(0, ran);
        Assert.Equal(["first", "second"], cleaned);
    }

    [Fact]
    public async Task ACleanThatThrows_IsSaid_AndChangesNothing()
    {
        using var run = DrivenRun.Start(Hurried("scenario", () => { }).WithClean(_ => throw new IOException("still in use")));
        var stats = await run.ToEndAsync();
        Assert.Equal(5, stats.AllOkCount);
        Assert.Contains(run.View.Lines, line => line.Contains("still in use", StringComparison.Ordinal));
    }

    [Fact]
    public async Task InitAndClean_RunOnce_AroundTheLoad()
    {
        var order = new List<string>();
        using var run = DrivenRun.Start(Hurried("scenario", () => _ = Remember(order, "run")).WithWarmUpDuration(Second)
            .WithInit(_ => Remember(order, "init")).WithClean(_ => Remember(order, "clean")));
        await run.ToEndAsync();
        Assert.Equal("init", order[0]);
        Assert.Equal("clean", order[^1]);
        Assert.Equal(10, order.Count(what => what == "run"));
        Assert.Equal(12, order.Count);
    }

    [Fact]
    public async Task AScenarioWithoutIterations_RunsInitAndClean()
    {
        var order = new List<string>();
        using var run = DrivenRun.Start(
            Scenario.Empty("empty").WithInit(_ => Remember(order, "init")).WithClean(_ => Remember(order, "clean")),
            Hurried("other", () => { }));
        var stats = await run.ToEndAsync();
        Assert.Equal(["init", "clean"], order);
        Assert.Equal("other", Assert.Single(stats.ScenarioStats).ScenarioName);
    }

    [Fact]
    public async Task TheMaximumOfFailures_StopsTheWholeTest_AndTheReportSaysWhy()
    {
        using var run = DrivenRun.Start(
            Scenario.Create("failing", _ => Task.FromResult<IResponse>(Response.Fail(statusCode: "503")))
                .WithoutWarmUp().WithMaxFailCount(30)
                .WithLoadSimulations(Simulation.Inject(10, Second, TimeSpan.FromMinutes(10))),
            Scenario.Create("other", _ => Task.FromResult<IResponse>(Response.Ok())).WithoutWarmUp()
                .WithLoadSimulations(Simulation.Inject(1, Second, TimeSpan.FromMinutes(10))));
        var stats = await run.ToEndAsync();
        Assert.True(stats.ScenarioStats[0].AllFailCount >= 30);
        Assert.True(stats.Duration < TimeSpan.FromMinutes(10), $"{stats.Duration}");
        Assert.Contains("The test was stopped: failing reached its maximum of 30 failed iterations", run.View.Report!.Notes);
        Assert.False(run.View.Report.Interrupted);
    }

    [Fact]
    public async Task AScenarioThatIsStopped_LeavesTheOthersAlone()
    {
        using var run = DrivenRun.Start(
            Scenario.Create("stopped", context =>
            {
                context.StopScenario("stopped", "seen enough");
                context.StopScenario("nobody", "changes nothing");
                return Task.FromResult<IResponse>(Response.Ok());
            }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(1, Second, TimeSpan.FromMinutes(10))),
            Scenario.Create("other", _ => Task.FromResult<IResponse>(Response.Ok())).WithoutWarmUp()
                .WithLoadSimulations(Simulation.Inject(2, Second, TimeSpan.FromSeconds(20))));
        var stats = await run.ToEndAsync();
        Assert.True(stats.ScenarioStats[0].Duration < TimeSpan.FromMinutes(10));
        Assert.Equal(40, stats.ScenarioStats[1].AllOkCount);

        // By the clock of this test iterations may begin late, which is a note as well.
        Assert.Equal(
            ["stopped was stopped: seen enough"],
            run.View.Report!.Notes.Where(note => note.Contains("stopped:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AnInterruption_EndsTheLoad_CountsWhatStillRuns_AndIsSaid()
    {
        var (begun, answer) = (0, new TaskCompletionSource());
        using var run = DrivenRun.Start(Scenario.Create("scenario", async _ =>
        {
            Interlocked.Increment(ref begun);
            await answer.Task;
            return Response.Ok();
        }).WithoutWarmUp().WithLoadSimulations(Simulation.KeepConstant(4, TimeSpan.FromHours(1))));
        await Within.BecomesAsync("the load runs", 4, () => Volatile.Read(ref begun));
        await run.PassAsync(TimeSpan.FromSeconds(3));
        await run.InterruptAsync();
        answer.SetResult();
        var stats = await Within.DeadlineAsync(run.Ended, "an interrupted test", "to end");
        Assert.True(stats.AllOkCount >= 4);
        Assert.True(run.View.Report!.Interrupted);
        Assert.Contains("The test was stopped: interrupted", run.View.Report.Notes);
        Assert.InRange(stats.Duration.TotalSeconds, 2.9, 3.5);
    }

    [Fact]
    public async Task ASecondInterruption_WaitsForNothing()
    {
        var begun = 0;
        using var run = DrivenRun.Start(Scenario.Create("hanging", async _ =>
        {
            Interlocked.Increment(ref begun);
            await new TaskCompletionSource().Task;
            return Response.Ok();
        }).WithoutWarmUp().WithLoadSimulations(Simulation.KeepConstant(3, TimeSpan.FromHours(1))));
        await Within.BecomesAsync("the load runs", 3, () => Volatile.Read(ref begun));
        await run.InterruptAsync();
        await run.GiveUpAsync();
        var stats = await Within.DeadlineAsync(run.Ended, "a test interrupted twice", "to end");
        Assert.Equal((3, 0, 3), (stats.AllRequestCount, stats.AllOkCount, stats.AllFailCount));
        Assert.Equal("-100", stats.ScenarioStats[0].Fail.StatusCodes.Single().StatusCode);
    }

    [Fact]
    public async Task IterationsThatNeverEnd_AreGivenUpAfterTheTimeout_AndCountOnce()
    {
        var (begun, answer) = (0, new TaskCompletionSource());
        using var run = DrivenRun.Start(
            TimeSpan.FromSeconds(5),
            Scenario.Create("hanging", async context =>
            {
                var number = Interlocked.Increment(ref begun);
                if (number <= 7)
                    await Step.Run("hangs", context, async () =>
                    {
                        await answer.Task;
                        return Response.Ok();
                    });
                return Response.Ok();
            }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(10, Second, TimeSpan.FromSeconds(1))));
        await run.PassAsync(Second);
        await Within.BecomesAsync("the load ends", 10, () => Volatile.Read(ref begun));
        var stats = await run.ToEndAsync();
        Assert.Equal((10, 3, 7), (stats.AllRequestCount, stats.AllOkCount, stats.AllFailCount));
        Assert.Equal(7, run.View.Report!.Scenarios.Single().GivenUp);
        Assert.True(run.View.Report.Scenarios.Single().CountersAgree);
        Assert.Contains(run.View.Report.Notes, note => note.Contains("7 iterations did not end", StringComparison.Ordinal));

        // They end after all: too late to count, and nothing breaks.
        answer.SetResult();
        Assert.Empty(stats.ScenarioStats[0].StepStats);
    }

    [Fact]
    public async Task TheTestGoesThroughItsParts_InOrder()
    {
        using var run = DrivenRun.Start(Hurried("scenario", () => { }).WithWarmUpDuration(Second));
        await run.ToEndAsync();
        Assert.Equal([OperationType.Init, OperationType.WarmUp, OperationType.Bombing, OperationType.Stop], run.View.Operations);
    }

    private static ScenarioProps Hurried(string name, Action run) => Scenario.Create(name, _ =>
    {
        run();
        return Task.FromResult<IResponse>(Response.Ok());
    }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(5, Second, Second));

    private static Task Remember(List<string> list, string what)
    {
        lock (list)
            list.Add(what);
        return Task.CompletedTask;
    }
}
