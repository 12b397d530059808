using Registry.LoadTests.Failures;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Tests.Visits;

public sealed class WatchViewTests
{
    private readonly WatchView _view = new();

    [Fact]
    public void Sync_ThatGoesBack_IsAWrongAnswer()
    {
        _view.Take(SyncAt(5));
        _view.Take(SyncAt(5));
        var wrong = Assert.Throws<LoadException>(() => _view.Take(SyncAt(4)));
        Assert.Equal(FailureKind.WrongAnswer, wrong.Kind);
    }

    [Fact]
    public void Batch_AppliesWithItsSync_AndNotBefore()
    {
        _view.Take(Told("a", "i"));
        Assert.Null(_view.Find("a", "i"));
        _view.Take(SyncAt(1));
        Assert.NotNull(_view.Find("a", "i"));
    }

    [Fact]
    public void Batch_WithoutItsSync_IsThrownAwayWhenTheStreamEnds()
    {
        _view.Take(SyncAt(1));
        _view.Take(Told("a", "i"));
        _view.Forget();
        _view.Take(SyncAt(2));
        Assert.Null(_view.Find("a", "i"));
    }

    [Fact]
    public void Snapshot_Replaces_AndDeltaAddsAndRemoves()
    {
        _view.Take(Told("a", "one"));
        _view.Take(SyncAt(1));
        var delta = Told("a", "two");
        delta.Application.Kind = TopicMessageKind.Delta;
        _view.Take(delta);
        _view.Take(SyncAt(2));
        Assert.NotNull(_view.Find("a", "one"));
        Assert.NotNull(_view.Find("a", "two"));

        delta = new WatchResponse
        {
            Application = new ApplicationTopic
            {
                Application =
            "a", Kind = TopicMessageKind.Delta, RemovedInstances = { "one" }
            }
        };
        _view.Take(delta);
        _view.Take(SyncAt(3));
        Assert.Null(_view.Find("a", "one"));

        _view.Take(Told("a", "three"));
        _view.Take(SyncAt(4));
        Assert.Null(_view.Find("a", "two"));
    }

    [Fact]
    public void AnotherHistory_MayBeginLower()
    {
        _view.Take(Told("a", "i"));
        _view.Take(SyncAt(9));
        _view.Take(Told("b", "i"));
        _view.BeginEpoch();
        _view.Take(SyncAt(1));
        Assert.Null(_view.Find("a", "i"));
        Assert.NotNull(_view.Find("b", "i"));
    }

    [Fact]
    public void Subscription_ThatTheServerEnds_IsARefusal()
    {
        var ended = new WatchResponse { SubscriptionEnded = new SubscriptionEnded { Id = 1, Code = 8, Reason = "LIMIT_TOPICS" } };
        Assert.Equal(FailureKind.Refused, Assert.Throws<LoadException>(() => _view.Take(ended)).Kind);
    }

    private static WatchResponse SyncAt(long revision) => new() { Sync = new Sync { Epoch = "e", Revision = revision } };

    private static WatchResponse Told(string application, string instance) => new()
    {
        Application = new ApplicationTopic
        {
            Application = application, Kind =
            TopicMessageKind.Snapshot, Instances = { new Instance { Id = instance } }
        },
    };
}
