using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>A client that takes nothing holds up nobody else: not those of other topics, and not those of its own.</summary>
public sealed class BlockedSinkTests
{
    private const int Changes = 50;

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void BlockedSinks_OfOneApplication_DoNotDelayTheWatchersOfAnother(int blocked)
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(lease, "a", Given.Instance("i"));
        driven.Register(lease, "b", Given.Instance("i"));
        var deaf = Enumerable.Range(0, blocked).Select(_ => Blocked(driven, "a")).ToArray();
        var reading = driven.Watch(Given.Application("b"));
        reading.Receive();

        for (var i = 1; i <= Changes; i++)
        {
            driven.Register(lease, "a", Given.Instance("i", 1_000 + i));
            var changed = driven.Register(lease, "b", Given.Instance("i", 1_000 + i)).Revision;

            // One run of the pump, with no time gone by: each change comes by itself, as a step, at its own revision.
            Assert.IsAssignableFrom<TopicDelta>(Assert.Single(reading.ReceiveOne()).Message);
            Assert.Equal(changed, reading.View.Sync);
        }

        // The blocked ones have the batch that they had when they were blocked, and no other one waits for them.
        Assert.All(deaf, client => Assert.True(client.Sink.IsInFlight));
        Assert.All(deaf, client => Assert.Empty(client.Sink.Take()));
        Assert.All(deaf, client => Assert.Single(client.Stream.Dirty));
        foreach (var client in deaf)
            Freed(driven, client);
    }

    [Fact]
    public void BlockedSink_DoesNotDelayTheOtherWatchersOfItsApplication_NorOneThatComesLater()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(lease, "a", Given.Instance("i"));
        var deaf = Blocked(driven, "a");
        var before = driven.Watch(Given.Application("a"));
        before.Receive();
        for (var i = 1; i <= Changes; i++)
        {
            var changed = driven.Register(lease, "a", Given.Instance("i", 1_000 + i)).Revision;
            before.ReceiveOne();
            Assert.Equal(changed, before.View.Sync);
        }

        var later = driven.Watch(Given.Application("a"));
        later.ReceiveOne();
        Assert.Empty(later.View.DifferencesFrom(driven.Registry));
        Freed(driven, deaf);
    }

    [Fact]
    public void BlockedSink_DoesNotDelayItsOwnEnd()
    {
        // Closing waits for the pump alone, not for a write that never ends.
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "a", Given.Instance("i"));
        var deaf = Blocked(driven, "a");

        deaf.Close();

        Assert.Equal(0, driven.Registry.WatchCounters.Streams);
    }

    // Its first answer has gone out; the batch of the next change is taken, and never goes out by itself.
    private static DrivenClient Blocked(DrivenRegistry driven, string application)
    {
        var client = driven.Watch(Given.Application(application));
        client.Receive();
        client.Sink.IsGated = true;
        client.RequestSnapshot(Given.Application(application));
        client.Receive();
        Assert.True(client.Sink.IsInFlight);
        return client;
    }

    private static void Freed(DrivenRegistry driven, DrivenClient client)
    {
        client.Sink.IsGated = false;
        client.Sink.Release();
        client.Receive();
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
        Assert.Equal(driven.Registry.Revision, client.View.Sync);
    }
}
