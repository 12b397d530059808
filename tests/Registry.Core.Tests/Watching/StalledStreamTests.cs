using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>Who lags is never queued for: a stream that is not read costs its marks, however much changes.</summary>
public sealed class StalledStreamTests
{
    [Fact]
    public void StalledStream_WhileItsInterfaceChangesOften_KeepsOneMarkOfIt()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Interface("x.Y"));
        client.Sink.IsGated = true;
        client.Receive();

        for (var i = 0; i < 100; i++)
        {
            driven.Declare("orders", ["x.Y"]);
            driven.Withdraw("orders", ["x.Y"]);
            driven.Pump.Run();
        }

        Assert.Single(client.Stream.ToReconcile);
        Assert.Single(client.Stream.Dirty);
    }

    [Fact]
    public void Resume_HoldingVeryManyTopicsThatAreFollowedNoMore_DoesNotHoldUpThePump()
    {
        // With a list for the topics to drop, this took time by the square: minutes, in which no stream of the server was served.
        using var driven = new DrivenRegistry();
        var held = Enumerable.Range(0, 200_000).Select(i => Given.Application($"a{i}")).ToArray();
        var client = new Registry.TestKit.Watching.RecordingSink();
        client.Open(driven.Registry, new WatchOpening { Epoch = driven.Registry.Epoch, Revision = 0, Held = held });
        var start = TimeProvider.System.GetTimestamp();

        driven.Pump.Run();

        Assert.Equal(held.Length, client.Last.Items.Count);
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "linear work takes a fraction of a second");
    }
}
