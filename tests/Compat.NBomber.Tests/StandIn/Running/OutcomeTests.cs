using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using NBomber.Tests.StandIn.Harness;
using Xunit;

namespace NBomber.Tests.StandIn.Running;

public sealed class OutcomeTests
{
    [Fact]
    public async Task CancelledIterations_AreMinus100_AndThoseThatThrowMinus101()
    {
        var stats = await RunAsync(
            10, number => number % 2 == 0 ? throw new OperationCanceledException() : throw new IOException("broken pipe"));
        Assert.Equal(["-100", "-101"], stats.Fail.StatusCodes.Select(code => code.StatusCode).Order());
        Assert.All(stats.Fail.StatusCodes, code => Assert.Equal(5, code.Count));
        Assert.Equal("operation timeout", stats.Fail.StatusCodes.Single(code => code.StatusCode == "-100").Message);
        Assert.Equal("IOException: broken pipe", stats.Fail.StatusCodes.Single(code => code.StatusCode == "-101").Message);
    }

    [Fact]
    public async Task EveryOutcome_IsUnderItsStatusCode_AndTheyAddUp()
    {
        var stats = await RunAsync(100, number => number switch
        {
            < 50 => Response.Ok(statusCode: "200", sizeBytes: 10),
            < 60 => Response.Ok(),
            < 90 => Response.Fail(statusCode: "503", message: "busy"),
            < 99 => Response.Fail(),
            _ => null!,
        });
        Assert.Equal((100, 60, 40, 500L), (stats.AllRequestCount, stats.AllOkCount, stats.AllFailCount, stats.AllBytes));
        Assert.Equal([("200", 50), ("", 10)], stats.Ok.StatusCodes.Select(code => (code.StatusCode, code.Count)));
        Assert.Equal([("503", 30), ("", 9), ("-101", 1)], stats.Fail.StatusCodes.Select(code => (code.StatusCode, code.Count)));
        Assert.Equal("busy", stats.Fail.StatusCodes[0].Message);
        Assert.Equal((60, 40), (stats.Ok.Request.Percent, stats.Fail.Request.Percent));
    }

    [Fact]
    public async Task AFailedStep_EndsItsIteration_WithItsStatusCode()
    {
        var after = 0;
        var stats = await RunAsync(10, async context =>
        {
            await Step.Run("connect", context, () => Task.FromResult(Response.Fail(statusCode: "refused")));
            Interlocked.Increment(ref after);
            return Response.Ok();
        });
        Assert.Equal((0, 0, 10), (after, stats.AllOkCount, stats.AllFailCount));
        Assert.Equal(("refused", 10), (stats.Fail.StatusCodes.Single().StatusCode, stats.Fail.StatusCodes.Single().Count));
        Assert.Equal(10, stats.StepStats.Single().Fail.Request.Count);
    }

    [Fact]
    public async Task WhereAFailedStepDoesNotEndItsIteration_TheIterationDecides()
    {
        var stats = await RunAsync(
            10,
            async context =>
            {
                var step = await Step.Run<int>("connect", context, () => throw new IOException("no"));
                return step is { IsError: true, StatusCode: "-101" } && step.Payload.IsNone() ? Response.Ok() : Response.Fail();
            },
            scenario => scenario.WithRestartIterationOnFail(false));
        Assert.Equal((10, 0), (stats.AllOkCount, stats.AllFailCount));
        Assert.Equal(10, stats.StepStats.Single().Fail.Request.Count);
    }

    [Fact]
    public async Task Steps_AreInTheOrderInWhichTheyFirstEnded_AndBringTheirPayload()
    {
        var stats = await RunAsync(20, async context =>
        {
            var first = await Step.Run("z first", context, () => Task.FromResult(Response.Ok(payload: 41, sizeBytes: 7)));
            var second = await Step.Run("a second", context, () => Task.FromResult(Response.Ok(payload: first.Payload!.Value + 1)));
            return second.Payload.IsSome() && second.Payload.Value == 42 ? Response.Ok() : Response.Fail();
        });
        Assert.Equal(20, stats.AllOkCount);
        Assert.Equal(["z first", "a second"], stats.StepStats.Select(step => step.StepName));
        Assert.Equal(140, stats.StepStats[0].Ok.DataTransfer.AllBytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("global information")]
    public async Task AStepWithoutANameOfItsOwn_FailsItsIteration(string name)
    {
        var stats = await RunAsync(1, async context => await Step.Run(name, context, () => Task.FromResult(Response.Ok())));
        Assert.Equal("-101", stats.Fail.StatusCodes.Single().StatusCode);
        Assert.Empty(stats.StepStats);
    }

    [Fact]
    public async Task StepsThatRunAtOnce_AreAllCounted()
    {
        var stats = await RunAsync(20, async context =>
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Step.Run($"step {i % 2}", context, async () =>
            {
                await Task.Yield();
                return Response.Ok();
            })));
            return Response.Ok();
        });
        Assert.Equal([100, 100], stats.StepStats.Select(step => step.Ok.Request.Count));
    }

    [Fact]
    public async Task Data_IsEmptyWhenAnIterationBegins_AndInvocationsCountFromOne()
    {
        var wrong = 0;
        var stats = await RunAsync(50, context =>
        {
            if (context.Data.Count != 0 || context.InvocationNumber < 1)
                Interlocked.Increment(ref wrong);
            context.Data["left"] = 1;
            return Task.FromResult<IResponse>(Response.Ok());
        });
        Assert.Equal((50, 0), (stats.AllOkCount, wrong));
    }

    private static Task<ScenarioStats> RunAsync(int iterations, Func<int, IResponse> run)
    {
        var number = -1;
        return RunAsync(iterations, _ => Task.FromResult(run(Interlocked.Increment(ref number))));
    }

    private static async Task<ScenarioStats> RunAsync(
        int iterations, Func<IScenarioContext, Task<IResponse>> run, Func<ScenarioProps, ScenarioProps>? with = null)
    {
        var scenario = Scenario.Create("scenario", run).WithoutWarmUp()
            .WithLoadSimulations(Simulation.Inject(iterations, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        using var driven = DrivenRun.Start((with ?? (same => same))(scenario));
        var stats = await driven.ToEndAsync();
        Assert.True(driven.View.Report!.Scenarios.Single().CountersAgree);
        return stats.ScenarioStats.Single();
    }
}
