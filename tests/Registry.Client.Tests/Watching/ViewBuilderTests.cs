using Registry.Client.Tests.Fakes;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Watching;

/// <summary>Each rule by which a batch applies, and what a breach of it does.</summary>
public sealed class ViewBuilderTests
{
    private static readonly TopicName Orders = TopicName.Interface("default", "orders.v1.Orders");
    private static readonly TopicName OrdersApp = TopicName.Application("default", "orders");

    private readonly ViewBuilder _builder = new();

    public ViewBuilderTests()
    {
        _builder.Begin([KeyValuePair.Create(1UL, Orders)]);
    }

    private string[] Instances => [.. _builder.View.Resolve(Orders).Instances.Select(instance => instance.Instance.Id)];

    [Fact]
    public void Nothing_is_visible_before_its_Sync()
    {
        Assert.Null(Send(Wire.Mapping(Orders.Name, 5, "orders:b1"), Wire.Instances("orders", 5, Wire.Instance("a"))));
        Assert.Same(RegistryView.Empty, _builder.View);

        var batch = Send(Wire.Sync(7));

        Assert.NotNull(batch);
        Assert.Equal(7, _builder.View.Revision);
        Assert.Equal("e1", _builder.View.Epoch);
        Assert.Equal(["a"], Instances);
        Assert.Equal([Orders, OrdersApp], batch.Changed.Order(TopicOrder).ToArray());
    }

    [Fact]
    public void What_a_stream_sent_without_a_Sync_is_thrown_away_when_the_next_one_begins()
    {
        Start(5, "a");
        Send(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")]), Wire.DroppedInterface(Orders.Name));

        var open = Begin();

        Assert.Equal(5, open.Token.Revision);
        Send(Wire.Subscribed(1), Wire.Sync(8));
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void A_view_that_somebody_keeps_never_changes()
    {
        Start(5, "a");
        var kept = _builder.View;

        Send(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")], "a"), Wire.Sync(6));

        Assert.Equal(["a"], kept.Resolve(Orders).Instances.Select(instance => instance.Instance.Id));
        Assert.Equal(["b"], Instances);
    }

    [Fact]
    public void A_snapshot_replaces_everything_that_was_known_of_the_topic()
    {
        Start(5, "a", "b");

        Send(Wire.Instances("orders", 6, Wire.Instance("c")), Wire.Sync(6));

        Assert.Equal(["c"], Instances);
    }

    [Fact]
    public void A_snapshot_in_parts_is_whole_when_more_is_false()
    {
        var batch = Send(
            Wire.Mapping(Orders.Name, 5, "orders:b1"),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 5, false, true, Wire.Instance("a")),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 5, true, true, Wire.Instance("b")),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 5, true, false, Wire.Instance("c")),
            Wire.Sync(5));

        Assert.Equal(["a", "b", "c"], Instances);
        Assert.Empty(batch!.SnapshotsNeeded);
    }

    [Fact]
    public void A_delta_in_parts_applies_as_one()
    {
        Start(5, "a", "b");
        var last = Wire.InstancesPart("orders", TopicMessageKind.Delta, 5, 6, true, false, Wire.Instance("d"));
        last.Application.RemovedInstances.Add("b");

        Send(Wire.InstancesPart("orders", TopicMessageKind.Delta, 5, 6, false, true, Wire.Instance("c")), last, Wire.Sync(6));

        Assert.Equal(["a", "c", "d"], Instances);
    }

    [Fact]
    public void Parts_of_two_topics_do_not_mix()
    {
        Send(
            Wire.Mapping(Orders.Name, 5, "orders:b1", "billing:b1"),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 5, false, true, Wire.Instance("a")),
            Wire.InstancesPart("billing", TopicMessageKind.Snapshot, 0, 5, false, true, Wire.Instance("x")),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 5, true, false, Wire.Instance("b")),
            Wire.InstancesPart("billing", TopicMessageKind.Snapshot, 0, 5, true, false, Wire.Instance("y")),
            Wire.Sync(5));

        Assert.Equal(["x", "y", "a", "b"], Instances);
    }

    [Theory]
    [InlineData(5, 6)]
    [InlineData(1, 9)]
    public void A_delta_applies_on_every_base_within_its_range(long from, long to)
    {
        Start(5, "a");

        var batch = Send(Wire.InstancesDelta("orders", from, to, [Wire.Instance("b")]), Wire.Sync(9));

        Assert.Equal(["a", "b"], Instances);
        Assert.Empty(batch!.SnapshotsNeeded);
    }

    [Theory]
    [InlineData(6, 7)] // begins after what is held
    [InlineData(3, 5)] // ends at what is held: it is contained already
    [InlineData(3, 4)]
    public void A_delta_out_of_its_range_is_not_applied_and_a_snapshot_is_asked_for(long from, long to)
    {
        Start(5, "a");
        var before = _builder.View;

        var batch = Send(Wire.InstancesDelta("orders", from, to, [Wire.Instance("b")]), Wire.Sync(9));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Same(before, _builder.View);
    }

    [Fact]
    public void The_base_is_the_last_Sync_and_not_the_topics_own_last_change()
    {
        Start(5, "a");
        Send(Wire.Sync(20));

        // From 18: a server that knows that this client stands at 20 need not know that the topic last changed at 5.
        var batch = Send(Wire.InstancesDelta("orders", 18, 21, [Wire.Instance("b")]), Wire.Sync(21));

        Assert.Empty(batch!.SnapshotsNeeded);
        Assert.Equal(["a", "b"], Instances);
    }

    [Fact]
    public void Within_a_batch_the_base_is_what_the_batch_has_brought_already()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")]),
            Wire.InstancesDelta("orders", 6, 8, [Wire.Instance("c")]),
            Wire.Sync(9));

        Assert.Empty(batch!.SnapshotsNeeded);
        Assert.Equal(["a", "b", "c"], Instances);
    }

    [Fact]
    public void A_delta_after_a_snapshot_of_the_same_batch_meets_the_snapshots_revision()
    {
        Start(5, "a");

        var batch = Send(
            Wire.Instances("orders", 6, Wire.Instance("b")),
            Wire.InstancesDelta("orders", 7, 8, [Wire.Instance("c")]),
            Wire.Sync(9));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
    }

    [Fact]
    public void A_delta_of_a_topic_that_is_not_held_does_not_apply()
    {
        var batch = Send(Wire.InstancesDelta("orders", 0, 5, [Wire.Instance("a")]), Wire.Sync(5));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Empty(_builder.View.Held);
    }

    [Fact]
    public void A_delta_can_remove_what_is_not_there_and_add_what_is()
    {
        Start(5, "a");

        Send(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("a", revision: 6)], "b"), Wire.Sync(6));

        Assert.Equal(6, _builder.View.Resolve(Orders).Instances.Single().Instance.Revision);
    }

    [Fact]
    public void A_continuation_without_a_beginning_does_not_apply()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 6, true, false, Wire.Instance("b")), Wire.Sync(6));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void A_continuation_of_another_message_does_not_apply()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesPart("orders", TopicMessageKind.Delta, 5, 6, false, true, Wire.Instance("b")),
            Wire.InstancesPart("orders", TopicMessageKind.Delta, 5, 7, true, false, Wire.Instance("c")),
            Wire.Sync(7));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void A_message_that_the_Sync_cuts_short_does_not_apply()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 6, false, true, Wire.Instance("b")), Wire.Sync(6));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Equal(["a"], Instances);

        // Its rest comes too late.
        Send(Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 6, true, false, Wire.Instance("c")), Wire.Sync(6));
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void A_snapshot_makes_up_for_a_message_that_was_left_unfinished()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesPart("orders", TopicMessageKind.Delta, 5, 6, false, true, Wire.Instance("b")),
            Wire.Instances("orders", 6, Wire.Instance("c")),
            Wire.Sync(6));

        Assert.Empty(batch!.SnapshotsNeeded);
        Assert.Equal(["c"], Instances);
    }

    [Fact]
    public void A_delta_does_not_make_up_for_a_message_that_was_left_unfinished()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesPart("orders", TopicMessageKind.Delta, 5, 6, false, true, Wire.Instance("b")),
            Wire.InstancesDelta("orders", 5, 7, [Wire.Instance("c")]),
            Wire.Sync(7));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void While_a_topic_waits_for_its_snapshot_no_other_topic_runs_ahead()
    {
        Start(5, "a");

        // One revision moves the interface to another build and the instance with it; the instance's half is lost.
        Send(
            Wire.MappingDelta(Orders.Name, 5, 6, ["orders:b2"]),
            Wire.InstancesDelta("orders", 99, 100, [Wire.Instance("a", "b2")]),
            Wire.Sync(100));
        Assert.Equal(5, _builder.View.Revision);
        Assert.Equal(["a"], Instances);

        var batch = Send(Wire.Instances("orders", 6, Wire.Instance("a", "b2")), Wire.Sync(101));

        Assert.Equal(101, _builder.View.Revision);
        Assert.Equal(["a"], Instances);
        Assert.Equal(5, batch!.Previous.Revision);
        Assert.Equal([Orders, OrdersApp], batch.Changed.Order(TopicOrder).ToArray());
    }

    [Fact]
    public void After_a_delta_that_did_not_apply_later_ones_do_not_apply_either()
    {
        Start(5, "a");
        Send(Wire.InstancesDelta("orders", 6, 7, [Wire.Instance("lost")]), Wire.Sync(7));

        // It would fit the last Sync; what is held is behind that.
        Send(Wire.InstancesDelta("orders", 7, 8, [Wire.Instance("b")]), Wire.Sync(8));

        Assert.Equal(5, _builder.View.Revision);
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void A_snapshot_is_asked_for_once()
    {
        Start(5, "a");
        Assert.Single(Send(Wire.InstancesDelta("orders", 6, 7, []), Wire.Sync(7))!.SnapshotsNeeded);

        Assert.Empty(Send(Wire.Sync(7))!.SnapshotsNeeded);
    }

    [Fact]
    public void A_snapshot_that_never_comes_is_a_breach()
    {
        Start(5, "a");
        Send(Wire.InstancesDelta("orders", 6, 7, []), Wire.Sync(7));
        for (var i = 1; i < ViewBuilder.PatienceInBatches; i++)
        {
            Send(Wire.Sync(7));
        }

        Assert.Throws<WatchBreachException>(() => Send(Wire.Sync(7)));
    }

    [Fact]
    public void A_damaged_topic_that_is_dropped_needs_no_snapshot()
    {
        Start(5, "a");

        var batch = Send(
            Wire.InstancesDelta("orders", 6, 7, []),
            Wire.MappingDelta(Orders.Name, 5, 7, [], "orders"),
            Wire.DroppedApplication("orders"),
            Wire.Sync(7));

        Assert.Empty(batch!.SnapshotsNeeded);
        Assert.Equal(7, _builder.View.Revision);
        Assert.Null(_builder.View.FindApplication("default", "orders"));
    }

    [Fact]
    public void A_resume_during_damage_goes_back_to_where_everything_fitted()
    {
        Start(5, "a");
        Send(Wire.InstancesDelta("orders", 6, 7, []), Wire.Sync(7));

        var open = Begin();

        Assert.Equal(5, open.Token.Revision);
        Assert.Contains(OrdersApp.ToTopic(), open.Held);
        Send(Wire.Subscribed(1), Wire.InstancesDelta("orders", 5, 7, [Wire.Instance("b")]), Wire.Sync(7));
        Assert.Equal(["a", "b"], Instances);
    }

    [Fact]
    public void The_revision_never_falls_on_a_stream()
    {
        Start(5, "a");

        Assert.Throws<WatchBreachException>(() => Send(Wire.Sync(4)));
        Assert.Equal(5, _builder.View.Revision);
    }

    [Fact]
    public void The_revision_does_not_fall_below_the_token_of_a_resumed_stream()
    {
        Start(5, "a");
        Begin();

        Assert.Throws<WatchBreachException>(() => Send(Wire.Subscribed(1), Wire.Sync(4)));
    }

    [Fact]
    public void The_epoch_does_not_change_within_a_stream()
    {
        Start(5, "a");

        Assert.Throws<WatchBreachException>(() => Send(Wire.Sync(6, "e2")));
    }

    [Fact]
    public void A_batch_brings_nothing_newer_than_its_Sync()
    {
        Start(5, "a");

        Assert.Throws<WatchBreachException>(() => Send(Wire.InstancesDelta("orders", 5, 9, []), Wire.Sync(8)));
    }

    [Fact]
    public void The_same_revision_again_is_a_bookmark_and_changes_nothing()
    {
        Start(5, "a");
        var before = _builder.View.Interfaces;

        var batch = Send(Wire.Sync(5));

        Assert.Empty(batch!.Changed);
        Assert.Same(before, _builder.View.Interfaces);
        Assert.Equal(5, Begin().Token.Revision);
    }

    [Fact]
    public void An_empty_Sync_moves_the_token()
    {
        Start(5, "a");

        Send(Wire.Sync(50));

        Assert.Equal(50, Begin().Token.Revision);
    }

    [Fact]
    public void Messages_of_a_later_version_are_skipped()
    {
        Start(5, "a");

        var batch = Send(
            new WatchResponse(),
            new WatchResponse { Dropped = new Dropped { Topic = new Topic() } },
            Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")]),
            Wire.Sync(6));

        Assert.Empty(batch!.SnapshotsNeeded);
        Assert.Equal(["a", "b"], Instances);
    }

    [Fact]
    public void A_topic_message_of_a_later_kind_changed_something_unknown_so_a_snapshot_is_asked_for()
    {
        Start(5, "a");

        var batch = Send(Wire.InstancesPart("orders", (TopicMessageKind)7, 5, 6, false, false, Wire.Instance("b")), Wire.Sync(6));

        Assert.Equal([OrdersApp], batch!.SnapshotsNeeded);
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void A_dropped_topic_is_forgotten_at_the_Sync()
    {
        Start(5, "a");
        Send(Wire.DroppedInterface(Orders.Name), Wire.DroppedApplication("orders"));
        Assert.NotEmpty(_builder.View.Held);

        var batch = Send(Wire.Sync(6));

        Assert.Empty(_builder.View.Held);
        Assert.Equal(2, batch!.Changed.Length);
        Assert.Empty(Begin().Held);
    }

    [Fact]
    public void A_topic_that_is_dropped_and_told_again_in_one_batch_is_held()
    {
        Start(5, "a");

        Send(Wire.DroppedApplication("orders"), Wire.Instances("orders", 6, Wire.Instance("b")), Wire.Sync(6));

        Assert.Equal(["b"], Instances);
    }

    [Fact]
    public void An_absent_topic_is_held_and_says_so()
    {
        var batch = Send(Wire.NoMapping(Orders.Name), Wire.Sync(3));

        Assert.Equal(ResolvedStatus.Unknown, _builder.View.Resolve(Orders).Status);
        Assert.Equal([Orders], batch!.Changed);
        Assert.Equal([Orders.ToTopic()], Begin().Held);
    }

    [Fact]
    public void A_snapshot_that_says_what_was_known_is_no_change()
    {
        Start(5, "a");

        var batch = Send(Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Sync(6));

        Assert.Empty(batch!.Changed);
    }

    [Fact]
    public void Subscriptions_count_from_their_acknowledgement_to_their_end()
    {
        _builder.Begin([KeyValuePair.Create(1UL, Orders), KeyValuePair.Create(2UL, OrdersApp)]);
        Assert.Empty(_builder.Acknowledged);

        Send(Wire.Subscribed(1), Wire.Subscribed(2), Wire.Subscribed(99), Wire.Sync(1));
        Assert.Equal([1UL, 2UL], _builder.Acknowledged.Order().ToArray());

        Send(Wire.Unsubscribed(1), Wire.Unsubscribed(98), Wire.Sync(1));
        Assert.Equal([2UL], _builder.Acknowledged.ToArray());

        var batch = Send(Wire.Ended(2, 8, "LIMIT_TOPICS"), Wire.Sync(1));
        Assert.Equal("LIMIT_TOPICS", batch!.Ended.Single().Reason);
        Assert.Empty(_builder.Acknowledged);
    }

    [Fact]
    public void An_ended_subscription_is_told_once_and_with_its_Sync()
    {
        Assert.Null(Send(Wire.Ended(1, 8, "LIMIT_TOPICS")));
        Assert.Single(Send(Wire.Sync(1))!.Ended);
        Assert.Empty(Send(Wire.Sync(1))!.Ended);
    }

    [Fact]
    public void The_first_stream_has_no_token()
    {
        var open = new ViewBuilder().Begin([KeyValuePair.Create(7UL, Orders)]);

        Assert.Null(open.Token);
        Assert.Empty(open.Held);
        Assert.Equal(7UL, open.Subscriptions.Single().Id);
        Assert.Equal(Orders.Name, open.Subscriptions.Single().Interface);
    }

    [Fact]
    public void A_stream_that_broke_before_its_first_Sync_leaves_no_token()
    {
        Send(Wire.Mapping(Orders.Name, 5, "orders:b1"));

        Assert.Null(Begin().Token);
    }

    [Fact]
    public void A_resumed_stream_says_what_is_held_also_what_came_along()
    {
        Start(5, "a");

        var open = Begin();

        Assert.Equal("e1", open.Token.Epoch);
        Assert.Equal([Orders.ToTopic(), OrdersApp.ToTopic()], open.Held.ToArray());
    }

    [Fact]
    public void Silence_after_a_resume_means_that_nothing_has_changed()
    {
        Start(5, "a");
        Begin();

        var batch = Send(Wire.Subscribed(1), Wire.Sync(9));

        Assert.Empty(batch!.Changed);
        Assert.Equal(9, _builder.View.Revision);
        Assert.Equal(["a"], Instances);
    }

    [Fact]
    public void Deltas_go_on_from_the_token()
    {
        Start(5, "a");
        Begin();

        Send(Wire.Subscribed(1), Wire.InstancesDelta("orders", 4, 8, [Wire.Instance("b")]), Wire.Sync(9));

        Assert.Equal(["a", "b"], Instances);
    }

    [Fact]
    public void A_resumed_stream_can_carry_on_in_a_new_epoch()
    {
        Start(5, "a");
        Begin();

        Send(Wire.Subscribed(1), Wire.InstancesDelta("orders", 5, 8, [Wire.Instance("b")]), Wire.Sync(9, "e2"));

        Assert.Equal("e2", Begin().Token.Epoch);
        Assert.Equal(["a", "b"], Instances);
    }

    [Fact]
    public void The_token_does_not_move_before_the_subscriptions_of_a_resumed_stream_are_acknowledged()
    {
        // Until then silence about a topic may mean that its data is still to come.
        Start(5, "a");
        Begin();
        Send(Wire.Sync(9));

        Assert.Equal(5, Begin().Token.Revision);

        Send(Wire.Subscribed(1), Wire.Sync(9));
        Assert.Equal(9, Begin().Token.Revision);
    }

    [Fact]
    public void Told_anew_nothing_disappears_before_everything_subscribed_is_there_again()
    {
        Start(5, "a", "b");
        Assert.Null(Begin(resume: false).Token);

        Send(Wire.Mapping(Orders.Name, 5, "orders:b1"), Wire.Sync(8));
        Assert.Equal(["a", "b"], Instances);
        Assert.Equal(5, _builder.View.Revision);

        var batch = Send(Wire.Instances("orders", 7, Wire.Instance("b")), Wire.Sync(9));
        Assert.Equal(["b"], Instances);
        Assert.Equal([OrdersApp], batch!.Changed);
    }

    [Fact]
    public void Told_anew_in_two_streams_nothing_disappears_in_between()
    {
        Start(5, "a");
        Begin(resume: false);
        Send(Wire.Subscribed(1), Wire.Mapping(Orders.Name, 5, "orders:b1"), Wire.Sync(8));

        var open = Begin();
        Assert.Equal(8, open.Token.Revision);
        Assert.Equal([Orders.ToTopic()], open.Held);
        Send(Wire.Subscribed(1), Wire.Sync(9));
        Assert.Equal(["a"], Instances);

        Send(Wire.Instances("orders", 7, Wire.Instance("a"), Wire.Instance("b")), Wire.Sync(9));
        Assert.Equal(["a", "b"], Instances);
    }

    [Fact]
    public void Told_anew_what_is_not_there_any_more_goes()
    {
        Start(5, "a");
        Begin(resume: false);

        var batch = Send(Wire.Subscribed(1), Wire.NoMapping(Orders.Name), Wire.Sync(2, "e2"));

        Assert.Equal([Orders], _builder.View.Held.ToArray());
        Assert.Equal([Orders, OrdersApp], batch!.Changed.Order(TopicOrder).ToArray());
        Assert.Equal(ResolvedStatus.Unknown, _builder.View.Resolve(Orders).Status);
    }

    [Fact]
    public void Readers_do_not_go_back_when_another_server_is_behind()
    {
        // The view ran ahead of the token, because the acknowledgement was missing; the next server is in between.
        Start(5, "a");
        Begin();
        Send(Wire.InstancesDelta("orders", 5, 9, [Wire.Instance("b")]), Wire.Sync(9));
        Begin();

        Send(Wire.Subscribed(1), Wire.Sync(7));
        Assert.Equal(9, _builder.View.Revision);
        Assert.Equal(["a", "b"], Instances);

        Send(Wire.InstancesDelta("orders", 7, 10, [Wire.Instance("b"), Wire.Instance("c")]), Wire.Sync(10));
        Assert.Equal(["a", "b", "c"], Instances);
    }

    [Fact]
    public void What_the_view_held_beyond_the_token_and_the_next_stream_does_not_tell_is_a_change()
    {
        Start(5, "a");
        Begin();
        Send(Wire.MappingDelta(Orders.Name, 5, 9, ["billing:b1"]), Wire.Instances("billing", 9, Wire.Instance("x")), Wire.Sync(9));
        Assert.Equal(["x", "a"], Instances);
        Assert.Equal(5, Begin().Token.Revision);

        // By now billing is out of the mapping again, so against the token nothing has changed.
        var batch = Send(Wire.Subscribed(1), Wire.Sync(10));

        Assert.Equal(["a"], Instances);
        Assert.Equal([Orders, TopicName.Application("default", "billing")], batch!.Changed.Order(TopicOrder).ToArray());
    }

    [Fact]
    public void Fifty_interfaces_that_appear_at_once_appear_in_one_Sync()
    {
        var names = Enumerable.Range(0, 50).Select(i => TopicName.Interface("default", $"orders.v1.Service{i:00}")).ToArray();
        _builder.Begin(names.Select((name, i) => KeyValuePair.Create((ulong)i + 1, name)));
        foreach (var name in names)
        {
            Assert.Null(Send(Wire.Mapping(name.Name, 5, "orders:b1")));
            Assert.Empty(_builder.View.Held);
        }

        Assert.Equal(51, Send(Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Sync(5))!.Changed.Length);
        Assert.All(names, name => Assert.Equal(ResolvedStatus.Available, _builder.View.Resolve(name).Status));
    }

    private static Comparer<TopicName> TopicOrder { get; } =
        Comparer<TopicName>.Create((left, right) => (left.Kind, left.Name).CompareTo((right.Kind, right.Name)));

    private Open Begin(bool resume = true) => _builder.Begin([KeyValuePair.Create(1UL, Orders)], resume);

    private void Start(long revision, params string[] instances) => Send(
        Wire.Subscribed(1),
        Wire.Mapping(Orders.Name, revision, "orders:b1"),
        Wire.Instances("orders", revision, [.. instances.Select(id => Wire.Instance(id))]),
        Wire.Sync(revision));

    // What the last message has brought.
    private AppliedBatch? Send(params WatchResponse[] messages)
    {
        AppliedBatch? batch = null;
        foreach (var message in messages)
        {
            // A message goes over a wire; nothing is shared with whoever made it.
            batch = _builder.Receive(message.Clone());
        }

        return batch;
    }
}
