using Registry.Core.Watching;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>Whatever is left for the pump, and whenever, it is done.</summary>
public sealed class PumpWakingTests
{
    private const int Rounds = 500;

    [Fact]
    public void Request_ThatComesJustWhenThePumpGoesToSleep_WakesIt()
    {
        // The second request of a round comes at all distances from the first, so that many come just at the end of the first one's run.
        // Nobody else wakes the pump: a wake-up that is lost is lost for good.
        using var driven = new DrivenRegistry();
        var pump = driven.Registry.Pump;
        var goOn = true;
        var turns = 0L;
        StartingGate.Run(
            () =>
            {
                for (; Volatile.Read(ref goOn); Interlocked.Increment(ref turns))
                    driven.Pump.Run();
            },
            () =>
            {
                try
                {
                    for (var i = 0; i < Rounds; i++)
                    {
                        pump.Post(new PumpRequest(PumpRequestKind.Tick, null));
                        Thread.SpinWait(i % 64);
                        pump.Post(new PumpRequest(PumpRequestKind.Tick, null));

                        // The turn under way may miss it. The next one runs whatever was scheduled when it began.
                        var seen = Interlocked.Read(ref turns);
                        SpinWait.SpinUntil(() => pump.IsIdle || Interlocked.Read(ref turns) > seen + 2);
                        Assert.True(pump.IsIdle, $"the pump sleeps in round {i}, and has work");
                    }
                }
                finally
                {
                    Volatile.Write(ref goOn, false);
                }
            });
    }

    [Fact]
    public void Pump_ThatGivesItsThreadBack_ComesBack()
    {
        // Every batch makes the next change, for longer than one run of the pump may take.
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();
        var left = 500;
        var apply = client.Sink.OnBatch!;
        client.Sink.OnBatch = batch =>
        {
            apply(batch);
            if (left-- > 0)
                driven.Register(lease, "orders", Given.Instance("a", 1 + left));
        };
        driven.Register(lease, "orders", Given.Instance("a", 9_000));

        driven.Pump.Run();

        Assert.True(left < 0, $"{left} changes were never told");
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }
}
