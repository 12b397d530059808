using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>The life of a stream: its requests, its limits, its signs of life, its end.</summary>
public sealed class StreamTests
{
    [Fact]
    public void Bookmark_ComesWithinTheInterval_WithNothingInItAndTheSameRevision()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(TimeSpan.FromHours(1)), "orders", Given.Instance("a"));
        var client = driven.Watch(Given.Application("orders"));
        var first = Assert.Single(client.Receive());
        var seen = driven.Clock.Elapsed;

        for (var i = 0; i < 10; i++)
        {
            while (client.Sink.Batches.Count == 0)
            {
                driven.Advance(TimeSpan.FromMilliseconds(50));
                Assert.True(driven.Clock.Elapsed - seen <= TimeSpan.FromSeconds(10), "no sign of life within the interval");
            }

            var bookmark = Assert.Single(client.Receive());
            Assert.Empty(bookmark.Items);
            Assert.Equal(first.Revision, bookmark.Revision);
            Assert.True(driven.Clock.Elapsed - seen > TimeSpan.FromSeconds(7), "bookmarks cost something, so they do not come all the time");
            seen = driven.Clock.Elapsed;
        }
    }

    [Fact]
    public void Bookmark_CarriesTheNewestRevision_OfChangesThatTheStreamDoesNotFollow()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();
        var other = driven.Register(driven.Grant(TimeSpan.FromHours(1)), "billing", Given.Instance("a"));
        Assert.Empty(client.Receive());

        driven.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(other.Revision, Assert.Single(client.Sink.Take()).Revision);
    }

    [Fact]
    public void StalledStream_IsResetAfterTheTimeout_AndNoOtherOne()
    {
        using var driven = new DrivenRegistry();
        var (stalled, reading) = (driven.Watch(Given.Application("orders")), driven.Watch(Given.Application("orders")));
        stalled.Sink.IsGated = true;
        stalled.Receive();

        driven.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Null(stalled.Sink.Abortion);
        Assert.Equal((1, 1), (driven.Registry.WatchCounters.Stalled, driven.Registry.WatchCounters.CaughtUp));
        driven.Advance(TimeSpan.FromSeconds(1.2));

        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.SlowConsumer), (stalled.Sink.Abortion!.Kind, stalled.Sink.Abortion.Reason));
        Assert.Null(reading.Sink.Abortion);
        Assert.Equal((1, 1), (driven.Registry.WatchCounters.Streams, driven.Registry.WatchCounters.StalledResetsTotal));
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        driven.Pump.Run();
        Assert.Single(reading.View.Find(Given.Application("orders"))!.Instances);
        stalled.Sink.Release();
        stalled.Close();
    }

    [Fact]
    public void SlowStream_ThatFinishesABatchInTime_IsNotReset()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch();
        client.Sink.IsGated = true;
        client.Receive();

        for (var i = 0; i < 5; i++)
        {
            driven.Advance(TimeSpan.FromSeconds(25));
            Assert.Null(client.Sink.Abortion);
            client.Sink.Release();
        }

        Assert.Null(client.Sink.Abortion);
    }

    [Fact]
    public void Pause_OfTheProcess_IsNotHeldAgainstAStream()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch();
        client.Sink.IsGated = true;
        client.Receive();

        driven.Clock.Jump(TimeSpan.FromMinutes(5));
        driven.Pump.Run();

        Assert.Null(client.Sink.Abortion);
        driven.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(client.Sink.Abortion);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void SubscriptionId_ThatDoesNotGrow_EndsTheStream(ulong id)
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("a"), Given.Application("b"));
        client.Receive();

        client.View.Ask(id, Given.Application("c"));
        Assert.True(client.Stream.SubscribeAsync(id, Given.Application("c"), CancellationToken.None).IsCompleted);
        driven.Pump.Run();

        Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.SubscriptionIdReused, "subscribe.id"),
            (client.Sink.Abortion!.Kind, client.Sink.Abortion.Reason, client.Sink.Abortion.Field));
        Assert.Equal((0, 0), (driven.Registry.WatchCounters.Streams, driven.Registry.Pump.FeedCount));
    }

    [Fact]
    public void Unsubscribe_OfAnUnknownId_IsAcknowledged()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch();
        client.Receive();

        client.Unsubscribe(17);

        var item = Assert.Single(client.ReceiveOne());
        Assert.Equal((WatchItemKind.Unsubscribed, 17ul), (item.Kind, item.Id));
    }

    [Theory]
    [InlineData(TopicKind.Interface, "", "x.Y", "subscribe.namespace")]
    [InlineData(TopicKind.Interface, "default", "x/Y", "subscribe.interface")]
    [InlineData(TopicKind.Application, "default", "a:b", "subscribe.application")]
    [InlineData(TopicKind.Application, "default", "a..b", "subscribe.application")]
    public void MalformedTopic_EndsTheSubscriptionAndNotTheStream(TopicKind kind, string @namespace, string name, string field)
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch();
        client.Receive();

        client.Subscribe(new Topic(kind, new QualifiedName(@namespace, name)));

        var item = Assert.Single(client.ReceiveOne());
        Assert.Equal((WatchItemKind.SubscriptionEnded, 1ul), (item.Kind, item.Id));
        Assert.Equal((ErrorKind.InvalidArgument, field), (item.Error!.Kind, item.Error.Field));
        Assert.Null(client.Sink.Abortion);
        client.Subscribe(Given.Application("orders"));
        Assert.Equal(2, client.ReceiveOne().Count);
    }

    [Fact]
    public void TopicLimit_RefusesASubscriptionTooMany()
    {
        using var driven = new DrivenRegistry(o => o.Watching.TopicsPerStream = 2);
        driven.Declare("a1", ["x.Y"]);
        var client = driven.Watch(Given.Interface("x.Y"));
        client.Receive();

        client.Subscribe(Given.Application("orders"));
        client.Subscribe(Given.Interface("x.Y"));

        // The interface and its application are two topics; one more is too many, one of the two again is not.
        var ended = Assert.Single(client.ReceiveOne(), i => i.Kind == WatchItemKind.SubscriptionEnded);
        Assert.Equal((2ul, ErrorKind.ResourceExhausted, ErrorReasons.LimitTopics), (ended.Id, ended.Error!.Kind, ended.Error.Reason));
        Assert.Equal(2, client.View.Held.Count);
    }

    [Fact]
    public void SubscriptionLimit_HoldsForOneTopicUnderManyIdsToo()
    {
        using var driven = new DrivenRegistry(o => o.Watching.TopicsPerStream = 2);
        var client = driven.Watch(Given.Application("a"), Given.Application("a"), Given.Application("a"));

        var ended = Assert.Single(client.ReceiveOne(), i => i.Kind == WatchItemKind.SubscriptionEnded);

        Assert.Equal((3ul, ErrorKind.ResourceExhausted, ErrorReasons.LimitTopics), (ended.Id, ended.Error!.Kind, ended.Error.Reason));
        Assert.Equal(2, driven.Registry.WatchCounters.Subscriptions);
    }

    [Fact]
    public void TopicLimit_ThatAMappingGrowsPast_EndsThatSubscriptionAndTheStreamLives()
    {
        using var driven = new DrivenRegistry(o => o.Watching.TopicsPerStream = 3);
        driven.Declare("a1", ["x.Y"]);
        var client = driven.Watch(Given.Interface("x.Y"), Given.Application("orders"));
        client.Receive();
        Assert.Equal(3, client.View.Held.Count);

        driven.Declare("a2", ["x.Y"]);

        var items = client.ReceiveOne();
        Assert.Equal(1ul, Assert.Single(items, i => i.Kind == WatchItemKind.SubscriptionEnded).Id);
        Assert.Equal([Given.Application("a1"), Given.Interface("x.Y")],
            items.Where(i => i.Kind == WatchItemKind.Dropped).Select(i => i.DroppedTopic).OrderBy(t => $"{t}", StringComparer.Ordinal));
        Assert.Equal([Given.Application("orders")], client.View.Held);
        Assert.Equal((1, 1), (driven.Registry.Pump.FeedCount, driven.Registry.WatchCounters.Subscriptions));
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        client.ReceiveOne();
    }

    [Fact]
    public void TopicLimit_ThatAMappingIsPastFromTheStart_EndsTheSubscriptionInTheFirstBatch()
    {
        using var driven = new DrivenRegistry(o => o.Watching.TopicsPerStream = 5);
        for (var i = 0; i < 20; i++)
            driven.Declare($"a{i}", ["x.Y"]);

        var client = driven.Watch(Given.Interface("x.Y"), Given.Application("orders"));

        Assert.Equal(
            [WatchItemKind.Subscribed, WatchItemKind.Subscribed, WatchItemKind.SubscriptionEnded, WatchItemKind.Topic],
            client.ReceiveOne().Select(i => i.Kind));
        Assert.Equal(1, driven.Registry.Pump.FeedCount);
    }

    [Fact]
    public void TopicLimit_MappingThatExchangesItsApplications_StaysWithinIt()
    {
        using var driven = new DrivenRegistry(o => o.Watching.TopicsPerStream = 2);
        driven.Declare("a1", ["x.Y"]);
        var client = driven.Watch(Given.Interface("x.Y"));
        client.Receive();

        driven.Withdraw("a1", ["x.Y"]);
        driven.Declare("a2", ["x.Y"]);

        Assert.DoesNotContain(client.ReceiveOne(), i => i.Kind == WatchItemKind.SubscriptionEnded);
    }

    [Fact]
    public async Task Requests_OfAClientThatDoesNotRead_WaitInsteadOfFillingTheMemory()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch();
        client.Sink.IsGated = true;
        client.Receive();

        ulong posted = 0;
        async Task PostAsync()
        {
            // As a transport does: one request after the other.
            for (ulong i = 1; i <= 300; i++)
            {
                client.View.Ask(i, Given.Application("orders"));
                await client.Stream.SubscribeAsync(i, Given.Application("orders"), CancellationToken.None);
                posted = i;
            }
        }

        var posting = PostAsync();
        driven.Pump.Run();
        Assert.Equal((256ul, false), (posted, posting.IsCompleted));
        client.Sink.Release();
        driven.Pump.Run();
        await posting.WaitAsync(TimeSpan.FromSeconds(10));
        driven.Pump.Run();
        client.Sink.Release();
        driven.Pump.Run();
        client.Sink.IsGated = false;
        client.Sink.Release();
        driven.Pump.Run();
        Assert.Equal(300, client.View.Subscribed.Count);
    }

    [Fact]
    public void Requests_ThatWaitWhenTheStreamEnds_AreLetGo()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch();
        client.Sink.IsGated = true;
        client.Receive();
        var posted = Enumerable.Range(0, 2_000).Select(_ => client.Stream.UnsubscribeAsync(1, CancellationToken.None)).ToArray();

        client.Close();

        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                driven.Pump.Run();
                return posted.All(p => p.IsCompleted);
            },
            TimeSpan.FromSeconds(10)), "a handler would wait for ever");
    }

    [Fact]
    public async Task Close_IsCompleteOnlyWhenThePumpHasLetGo()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var client = driven.Watch(Given.Application("orders"));
        client.Receive();
        driven.Register(lease, "orders", Given.Instance("a"));

        var closed = client.Stream.CloseAsync();

        Assert.False(closed.IsCompleted);
        driven.Pump.Run();
        await closed;
        client.Sink.MarkClosed();
        client.Sink.Release();
        driven.Register(lease, "orders", Given.Instance("b"));
        driven.Advance(TimeSpan.FromMinutes(2));
        await client.Stream.CloseAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, driven.Registry.WatchCounters.Streams);
        driven.IsAudited = false;
    }

    [Fact]
    public async Task Close_OfAStreamThatWasNeverOpened_Completes()
    {
        using var driven = new DrivenRegistry();
        var other = driven.Watch(Given.Application("orders"));
        other.Receive();
        var sink = new Registry.TestKit.Watching.RecordingSink();
        var closed = driven.Registry.CreateWatch(sink).CloseAsync();
        driven.Pump.Run();
        await closed;

        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        other.ReceiveOne();
        Assert.Equal(1, driven.Registry.WatchCounters.Streams);
    }

    [Fact]
    public void Opening_WithManySubscriptions_IsAnsweredInOneBatch()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        for (var i = 0; i < 1_000; i++)
            driven.Register(lease, $"a{i}", Given.Instance("x"));

        var client = driven.Watch([.. Enumerable.Range(0, 1_000).Select(i => Given.Application($"a{i}"))]);

        Assert.Equal(2_000, client.ReceiveOne().Count);
        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
    }

    [Fact]
    public void Message_IsEncodedOnce_HoweverManyAskForIt()
    {
        using var driven = new DrivenRegistry();
        var snapshot = driven.Register(driven.Grant(), "orders", Given.Instance("a")).Application!;
        var encodings = 0;
        var got = 0;

        Registry.TestKit.Threads.StartingGate.Run(8, _ =>
        {
            while (true)
            {
                if (!snapshot.TryGetEncoded(_ => $"{Interlocked.Increment(ref encodings)}", out var encoded))
                    continue;
                Assert.Equal("1", encoded);
                Interlocked.Increment(ref got);
                return;
            }
        });

        Assert.Equal((1, 8), (encodings, got));
    }

    [Fact]
    public void Message_WhoseEncoderFails_CanBeEncodedLater()
    {
        ApplicationSnapshot snapshot = ApplicationSnapshot.Absent(Given.Name("orders"));

        Assert.Throws<InvalidOperationException>(() => snapshot.TryGetEncoded<string>(_ => throw new InvalidOperationException(), out _));
        Assert.True(snapshot.TryGetEncoded(_ => "bytes", out _));
    }
}
