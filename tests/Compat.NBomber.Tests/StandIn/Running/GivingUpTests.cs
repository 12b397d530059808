using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.CSharp;
using NBomber.Logging;
using NBomber.Running;
using Xunit;

namespace NBomber.Tests.StandIn.Running;

/// <summary>
/// An iteration that ends just when it is given up counts once, as one or the other. Seen to fail with the question taken out of
/// ScenarioCopy.End whether the iteration is still open (three runs of three), and with its recording moved behind the lock (one of three).
/// </summary>
public sealed class GivingUpTests
{
    private const int Rounds = 2000;

    [Fact]
    public void AnIterationThatEndsWhileItIsGivenUp_CountsOnce()
    {
        var answer = new TaskCompletionSource();
        var settings = SessionSettings.From(
            NBomberRunner.RegisterScenarios(Scenario.Create("race", async _ =>
            {
                await answer.Task;
                return Response.Ok();
            })),
            CommandLine.Parse([]));
        using var stops = new Stops(["race"]);
        var (ended, givenUp) = (0L, 0L);
        using var together = new Barrier(2);
        for (var round = 0; round < Rounds; round++)
        {
            answer = new TaskCompletionSource();
            var run = new ScenarioRun(
                settings.Scenarios[0], ScenarioOperation.Bombing, settings.Scenarios[0].Plan, TimeSpan.FromSeconds(1), TimeProvider.System,
                new Random(round), new RunLog(null, TimeProvider.System, _ => { }), stops);
            var copy = new ScenarioCopy(run, 0);
            var iteration = copy.IterateAsync();
            var seen = (Count: 0L, Ok: 0L);
            var giving = new Thread(() =>
            {
                together.SignalAndWait();
                copy.GiveUp();

                // What is counted is final when that returns: the report is made from it at once.
                var iterations = run.Recorder.Snapshot().Iterations;
                seen = (iterations.Count, iterations.Ok.Count);
            });
            giving.Start();
            together.SignalAndWait();
            answer.SetResult();
            giving.Join();
            Assert.True(iteration.IsCompleted);
            Assert.Equal((1, 1, 1), (copy.Begun, seen.Count, run.Recorder.Snapshot().Iterations.Count));
            (ended, givenUp) = (ended + seen.Ok, givenUp + 1 - seen.Ok);
        }

        Assert.True(ended > 0 && givenUp > 0, $"never met: {ended} ended, {givenUp} given up");
    }
}
