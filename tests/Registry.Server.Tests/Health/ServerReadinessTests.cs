using Registry.Server.Health;
using Xunit;

namespace Registry.Server.Tests.Health;

public sealed class ServerReadinessTests
{
    [Fact]
    public void AtFirst_NotReady() => Assert.Equal((ServerState.NotReady, "starting"), Of(new()));

    [Fact]
    public void AfterTheStart_Ready()
    {
        var readiness = new ServerReadiness();

        readiness.MarkStarted();

        Assert.Equal(ServerState.Ready, readiness.Current.State);
    }

    [Fact]
    public void FaultFoundDuringTheStart_SurvivesIt()
    {
        var readiness = new ServerReadiness();

        readiness.MarkNotReady("the log is not healthy");
        readiness.MarkStarted();

        Assert.Equal((ServerState.NotReady, "the log is not healthy"), Of(readiness));
    }

    [Fact]
    public void ShuttingDown_IsFinal()
    {
        var readiness = new ServerReadiness();

        readiness.BeginShutdown();
        readiness.MarkStarted();
        readiness.MarkReady();
        readiness.MarkNotReady("late");

        Assert.Equal(ServerState.ShuttingDown, readiness.Current.State);
    }

    // Two writers change the state as fast as they can; whoever follows the stages must arrive at the last one without having
    // missed any, since each names its successor. Seen to fail, each time of five, when MoveTo takes no lock.
    [Fact]
    public async Task Follower_MissesNoChange()
    {
        var readiness = new ServerReadiness();
        var first = readiness.Current;
        const int Rounds = 100_000;

        using var gate = new Barrier(2);
        var writers = Enumerable.Range(0, 2).Select(writer => Task.Run(() =>
        {
            gate.SignalAndWait();
            for (var i = 0; i < Rounds; i++)
                readiness.MarkNotReady($"{writer}.{i}");
        })).ToArray();
        await Task.WhenAll(writers);
        readiness.BeginShutdown();

        var seen = 0;
        int[] last = [-1, -1];
        for (var stage = first; stage.State != ServerState.ShuttingDown; stage = await stage.Replaced)
        {
            if (stage == first)
                continue;
            var parts = stage.Reason.Split('.');
            var (writer, round) = (int.Parse(parts[0]), int.Parse(parts[1]));
            Assert.Equal(last[writer] + 1, round);
            last[writer] = round;
            seen++;
        }

        Assert.Equal(2 * Rounds, seen);
    }

    private static (ServerState State, string Reason) Of(ServerReadiness readiness) => (readiness.Current.State, readiness.Current.Reason);
}
