using System.Threading.Channels;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Client.Tests.Fakes;
using Registry.Client.Watching;

namespace Registry.Client.Tests.Watching;

/// <summary>What happens to a watch when its streams break, over a real socket and a driven clock.</summary>
public sealed class WatchSessionTests : IAsyncLifetime
{
    private static readonly TopicName Orders = TopicName.Interface("default", "orders.v1.Orders");
    private static readonly TopicName OrdersApp = TopicName.Application("default", "orders");

    private readonly DrivenTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<WatchEvent> _events = Channel.CreateUnbounded<WatchEvent>();
    private FakeServer _server = null!;
    private RegistryConnection _connection = null!;
    private WatchSession _session = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _connection = new RegistryConnection(_server.Address);
        _session = new WatchSession(
            _connection.Discovery, [Orders], new WatchOptions { Client = "tests" }, _time, new Random(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Wait.ForAsync(_running.ContinueWith(_ => { }, TaskScheduler.Default));
        _connection.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task The_first_stream_asks_for_everything_and_each_change_is_told()
    {
        Start();
        var stream = await _server.Discovery.NextStreamAsync();
        Assert.Null(stream.Open.Token);
        Assert.Equal("tests", stream.Open.Client);
        Assert.Equal(Orders.Name, stream.Open.Subscriptions.Single().Interface);

        await FirstStateAsync(stream, 5);
        await stream.SendAsync(Wire.Sync(6));
        await stream.SendAsync(Wire.InstancesDelta("orders", 5, 7, [Wire.Instance("b")]), Wire.Sync(7));

        Assert.False((await NextAsync<WatchEvent.Connected>()).Resumed);
        Assert.Equal([Orders, OrdersApp], (await NextAsync<WatchEvent.Changed>()).Topics.ToHashSet());
        // The bookmark in between changed nothing and is not told.
        var change = await NextAsync<WatchEvent.Changed>();
        Assert.Equal([OrdersApp], change.Topics);
        Assert.Equal((6, 7), (change.Previous.Revision, change.View.Revision));
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, "SHUTTING_DOWN")]
    [InlineData(StatusCode.ResourceExhausted, "SLOW_CONSUMER")]
    [InlineData(StatusCode.Internal, "")]
    public async Task A_stream_that_breaks_is_resumed_from_the_last_Sync_with_what_was_held(StatusCode code, string reason)
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first, 5);
        await SkipFirstStateAsync();
        var before = _session.View;

        first.Fail(code, reason);
        var interrupted = await NextAsync<WatchEvent.Interrupted>();
        Assert.Equal(code, interrupted.Fault.Code);
        Assert.Same(before, _session.View);
        await RetryAsync(interrupted);

        var second = await _server.Discovery.NextStreamAsync();
        Assert.Equal(("e1", 5), (second.Open.Token.Epoch, second.Open.Token.Revision));
        Assert.Equal([Orders.ToTopic(), OrdersApp.ToTopic()], second.Open.Held.ToArray());
        await second.SendAsync(Wire.Subscribed(1), Wire.Sync(9));

        Assert.Equal(new WatchEvent.Connected(9, Resumed: true), await NextAsync<WatchEvent.Connected>());
        Assert.Equal(9, _session.View.Revision);
    }

    [Fact]
    public async Task A_stream_that_the_server_ends_is_resumed_too()
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first, 5);
        await SkipFirstStateAsync();

        first.End();
        await RetryAsync(await NextAsync<WatchEvent.Interrupted>());

        Assert.Equal(5, (await _server.Discovery.NextStreamAsync()).Open.Token.Revision);
    }

    [Fact]
    public async Task Half_a_batch_leaves_no_trace_when_the_stream_breaks()
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first, 5);
        await SkipFirstStateAsync();

        await first.SendAsync(Wire.DroppedApplication("orders"));
        first.Fail(StatusCode.Unavailable);
        await RetryAsync(await NextAsync<WatchEvent.Interrupted>());

        var second = await _server.Discovery.NextStreamAsync();
        Assert.Contains(OrdersApp.ToTopic(), second.Open.Held);
        await second.SendAsync(Wire.Subscribed(1), Wire.Sync(9));
        await NextAsync<WatchEvent.Connected>();
        Assert.Single(_session.View.Resolve(Orders).Instances);
    }

    [Fact]
    public async Task A_token_from_the_future_is_dropped_and_nothing_disappears_meanwhile()
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first, 5);
        await SkipFirstStateAsync();
        _server.Discovery.OnWatch = open =>
        {
            if (open.Token is not null)
            {
                throw Refusal.Of(StatusCode.OutOfRange, "REVISION_IN_FUTURE", "scripted");
            }
        };

        first.Fail(StatusCode.Unavailable);
        await RetryAsync(await NextAsync<WatchEvent.Interrupted>());
        var refused = await NextAsync<WatchEvent.Interrupted>();
        Assert.Equal(StatusCode.OutOfRange, refused.Fault.Code);
        await RetryAsync(refused);

        var second = await _server.Discovery.NextStreamAsync();
        Assert.Null(second.Open.Token);
        await second.SendAsync(Wire.Mapping(Orders.Name, 1, "orders:b1"), Wire.Sync(2));
        Assert.False((await NextAsync<WatchEvent.Connected>()).Resumed);
        Assert.Single(_session.View.Resolve(Orders).Instances);

        await second.SendAsync(Wire.Instances("orders", 1, Wire.Instance("z")), Wire.Sync(2));
        Assert.Equal("z", (await NextAsync<WatchEvent.Changed>()).View.Resolve(Orders).Instances.Single().Instance.Id);
    }

    [Fact]
    public async Task A_broken_promise_starts_anew()
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first, 5);
        await SkipFirstStateAsync();

        await first.SendAsync(Wire.Sync(4));
        var interrupted = await NextAsync<WatchEvent.Interrupted>();
        Assert.Equal(StatusCode.DataLoss, interrupted.Fault.Code);
        await RetryAsync(interrupted);

        Assert.Null((await _server.Discovery.NextStreamAsync()).Open.Token);
    }

    [Fact]
    public async Task What_does_not_apply_is_asked_for_as_a_snapshot_on_the_same_stream()
    {
        Start();
        var stream = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(stream, 5);
        await SkipFirstStateAsync();

        await stream.SendAsync(Wire.InstancesDelta("orders", 6, 7, [Wire.Instance("b")]), Wire.Sync(7));

        Assert.Equal(OrdersApp.ToTopic(), (await stream.NextAsync()).RequestSnapshot.Topic);
        await stream.SendAsync(Wire.Instances("orders", 7, Wire.Instance("a"), Wire.Instance("b")), Wire.Sync(7));
        Assert.Equal(2, (await NextAsync<WatchEvent.Changed>()).View.Resolve(Orders).Instances.Length);
    }

    [Fact]
    public async Task Three_bookmark_intervals_without_a_Sync_end_the_stream()
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first, 5);
        await SkipFirstStateAsync();
        await _time.ArmedAsync(TimeSpan.FromSeconds(30));

        _time.Advance(TimeSpan.FromSeconds(30));

        var interrupted = await NextAsync<WatchEvent.Interrupted>();
        Assert.Equal(StatusCode.DeadlineExceeded, interrupted.Fault.Code);
        await RetryAsync(interrupted);
        Assert.Equal(5, (await _server.Discovery.NextStreamAsync()).Open.Token.Revision);
    }

    [Fact]
    public async Task Each_Sync_is_a_sign_of_life()
    {
        Start();
        var stream = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(stream, 5);
        await SkipFirstStateAsync();
        for (var i = 0; i < 5; i++)
        {
            await _time.ArmedAsync(TimeSpan.FromSeconds(30));
            _time.Advance(TimeSpan.FromSeconds(20));
            await stream.SendAsync(Wire.InstancesDelta("orders", 5 + i, 6 + i, [Wire.Instance($"i{i}")]), Wire.Sync(6 + i));
            await NextAsync<WatchEvent.Changed>();
        }

        Assert.Equal(10, _session.View.Revision);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_tried_until_it_is()
    {
        var address = _server.Address;
        await _server.DisposeAsync();
        Start();
        for (var i = 0; i < 3; i++)
        {
            var interrupted = await NextAsync<WatchEvent.Interrupted>();
            Assert.Equal(StatusCode.Unavailable, interrupted.Fault.Code);
            Assert.InRange(interrupted.RetryIn, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
            await RetryAsync(interrupted);
        }

        _server = await FakeServer.StartAsync(address.Uri.Port);
        var next = _server.Discovery.NextStreamAsync();
        while (!next.IsCompleted)
        {
            await Wait.ForAsync(Task.WhenAny(next, _events.Reader.WaitToReadAsync().AsTask()));
            if (_events.Reader.TryRead(out var @event))
            {
                await RetryAsync(Assert.IsType<WatchEvent.Interrupted>(@event));
            }
        }

        await FirstStateAsync(await next, 5);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unauthenticated)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Unimplemented)]
    public async Task A_refusal_that_would_be_repeated_ends_the_watch(StatusCode code)
    {
        _server.Discovery.OnWatch = _ => throw Refusal.Of(code, "", "scripted");
        Start();

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Wait.ForAsync(_running));

        Assert.Equal(code, refusal.StatusCode);
    }

    [Fact]
    public async Task A_subscription_that_the_server_ended_is_not_asked_for_again()
    {
        Start();
        var first = await _server.Discovery.NextStreamAsync();
        await first.SendAsync(Wire.Ended(1, 8, "LIMIT_TOPICS"), Wire.Sync(5));
        await NextAsync<WatchEvent.Connected>();
        var ended = await NextAsync<WatchEvent.Ended>();
        Assert.Equal((Orders, "LIMIT_TOPICS"), (ended.Topic, ended.Cause.Reason));

        first.Fail(StatusCode.Unavailable);
        await RetryAsync(await NextAsync<WatchEvent.Interrupted>());

        Assert.Empty((await _server.Discovery.NextStreamAsync()).Open.Subscriptions);
    }

    [Fact]
    public async Task Cancelled_it_ends_without_an_exception_also_while_it_waits_to_try_again()
    {
        Start();
        (await _server.Discovery.NextStreamAsync()).Fail(StatusCode.Unavailable);
        await NextAsync<WatchEvent.Interrupted>();

        await _stop.CancelAsync();

        await Wait.ForAsync(_running);
    }

    [Fact]
    public async Task Cancelled_it_ends_without_an_exception_also_while_it_reads()
    {
        Start();
        await FirstStateAsync(await _server.Discovery.NextStreamAsync(), 5);
        await SkipFirstStateAsync();

        await _stop.CancelAsync();

        await Wait.ForAsync(_running);
    }

    private static Task FirstStateAsync(ScriptedStream stream, long revision) => stream.SendAsync(
        Wire.Subscribed(1),
        Wire.Mapping(Orders.Name, revision, "orders:b1"),
        Wire.Instances("orders", revision, Wire.Instance("a")),
        Wire.Sync(revision));

    private async Task SkipFirstStateAsync()
    {
        await NextAsync<WatchEvent.Connected>();
        await NextAsync<WatchEvent.Changed>();
    }

    private void Start() => _running = RunAsync();

    private async Task RunAsync()
    {
        await foreach (var @event in _session.RunAsync(_stop.Token))
        {
            await _events.Writer.WriteAsync(@event);
        }
    }

    private async Task<T> NextAsync<T>()
        where T : WatchEvent
    {
        WatchEvent next;
        do
        {
            next = await Wait.ForAsync(_events.Reader.ReadAsync().AsTask());
        }
        while (next is WatchEvent.Followed && typeof(T) != typeof(WatchEvent.Followed));
        return Assert.IsType<T>(next);
    }

    private async Task RetryAsync(WatchEvent.Interrupted interrupted)
    {
        await _time.ArmedAsync(interrupted.RetryIn);
        _time.Advance(interrupted.RetryIn);
    }
}
