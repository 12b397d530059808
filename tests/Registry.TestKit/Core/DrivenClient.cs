using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.TestKit.Core;

/// <summary>A client of a <see cref="DrivenRegistry"/>: a recording sink and a view that applies what comes.</summary>
public sealed class DrivenClient
{
    private readonly DrivenRegistry _driven;
    private ulong _lastId;

    internal DrivenClient(DrivenRegistry driven, ClientView view, WatchOpening opening, Topic[] topics)
    {
        _driven = driven;
        View = view;
        Sink = new RecordingSink { OnBatch = view.Apply };
        var subscriptions = topics.Select(topic => (Id: ++_lastId, topic)).ToArray();
        foreach (var (id, topic) in subscriptions)
            view.Ask(id, topic);
        Stream = Sink.Open(driven.Registry, opening with { Subscriptions = [.. subscriptions] });
    }

    public RecordingSink Sink { get; }

    public ClientView View { get; }

    public WatchStream Stream { get; }

    /// <summary>Runs the pump, and returns what came since the last time.</summary>
    public IReadOnlyList<WatchBatch> Receive()
    {
        _driven.Pump.Run();
        return Sink.Take();
    }

    /// <summary>Runs the pump, and returns the items of the one batch that must have come.</summary>
    public IReadOnlyList<WatchItem> ReceiveOne() => Assert.Single(Receive()).Items;

    public ulong Subscribe(Topic topic)
    {
        var id = ++_lastId;
        View.Ask(id, topic);
        Done(Stream.SubscribeAsync(id, topic, CancellationToken.None));
        return id;
    }

    public void Unsubscribe(ulong id) => Done(Stream.UnsubscribeAsync(id, CancellationToken.None));

    public void RequestSnapshot(Topic topic) => Done(Stream.RequestSnapshotAsync(topic, CancellationToken.None));

    /// <summary>Closes, and marks the sink, so that any later write shows.</summary>
    public void Close()
    {
        var closed = Stream.CloseAsync();
        Assert.False(closed.IsCompleted);
        _driven.Pump.Run();
        Assert.True(closed.IsCompletedSuccessfully);
        Sink.MarkClosed();
    }

    private static void Done(Task posted) => Assert.True(posted.IsCompletedSuccessfully, "a request is taken at once while few are unanswered");
}
