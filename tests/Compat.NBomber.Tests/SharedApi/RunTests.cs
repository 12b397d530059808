using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Xunit;

namespace NBomber.Tests.SharedApi;

/// <summary>Written against what the stand-in and the package share: this compiles, and holds, with either.</summary>
public sealed class RunTests
{
    [Fact]
    public void ATestOfBothModels_CountsEveryIterationThatItRan()
    {
        var (closedRan, openRan) = (0, 0);
        var closed = Scenario.Create("closed", async context =>
            {
                Interlocked.Increment(ref closedRan);
                context.Logger.Debug("iteration {Number}", context.InvocationNumber);
                var step = await Step.Run("step", context, async () =>
                {
                    await Task.Yield();
                    return Response.Ok(payload: 42, statusCode: "200", sizeBytes: 100);
                });
                await Task.Delay(TimeSpan.FromMilliseconds(5));
                return step.Payload.IsSome() && step.Payload.Value == 42
                    ? Response.Ok(statusCode: "200", sizeBytes: 100)
                    : Response.Fail(statusCode: "500", message: "no payload");
            })
            .WithInit(context =>
            {
                context.Logger.Information("init of {Suite}", context.TestInfo.TestSuite);
                return Task.CompletedTask;
            })
            .WithClean(_ => Task.CompletedTask)
            .WithoutWarmUp()
            .WithRestartIterationOnFail(shouldRestart: true)
            .WithMaxFailCount(100)
            .WithLoadSimulations(
                Simulation.RampingConstant(copies: 4, during: TimeSpan.FromSeconds(1)),
                Simulation.KeepConstant(copies: 4, during: TimeSpan.FromSeconds(1)));
        var open = Scenario.Create("open", context =>
            {
                var number = Interlocked.Increment(ref openRan);
                return Task.FromResult<IResponse>(number % 2 == 0 ? Response.Ok() : Response.Fail(statusCode: "odd", message: "odd"));
            })
            .WithoutWarmUp()
            .WithLoadSimulations(
                Simulation.RampingInject(rate: 10, interval: TimeSpan.FromMilliseconds(500), during: TimeSpan.FromSeconds(1)),
                Simulation.Inject(rate: 10, interval: TimeSpan.FromMilliseconds(500), during: TimeSpan.FromSeconds(1)));

        NodeStats stats = NBomberRunner.RegisterScenarios(closed, open)
            .WithTestSuite("compat").WithTestName("shared").WithReportingInterval(TimeSpan.FromSeconds(5)).WithoutReports().Run();

        var (first, second) = (
            stats.ScenarioStats.Single(scenario => scenario.ScenarioName == "closed"),
            stats.ScenarioStats.Single(scenario => scenario.ScenarioName == "open"));
        Assert.Equal(closedRan, first.Ok.Request.Count);
        Assert.Equal(0, first.Fail.Request.Count);
        Assert.Equal(closedRan, first.StepStats.Single(step => step.StepName == "step").Ok.Request.Count);
        Assert.Equal(openRan, second.Ok.Request.Count + second.Fail.Request.Count);
        Assert.Equal(second.Fail.Request.Count, second.Fail.StatusCodes.Single(code => code.StatusCode == "odd").Count);
        Assert.True(first.Ok.Latency.Percent50 > 1, $"{first.Ok.Latency.Percent50} ms");
        Assert.True(first.Ok.Request.RPS > 0);
    }

    [Fact]
    public void ATestThatIsNotWellPutTogether_Throws() => Assert.ThrowsAny<Exception>(() =>
    {
        NBomberRunner.RegisterScenarios(Scenario.Create("twice", _ => Task.FromResult<IResponse>(Response.Ok())),
            Scenario.Create("twice", _ => Task.FromResult<IResponse>(Response.Ok()))).WithoutReports().Run();
    });
}
