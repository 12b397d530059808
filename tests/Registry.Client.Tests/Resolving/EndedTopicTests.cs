using Grpc.Core;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;

namespace Registry.Client.Tests.Resolving;

/// <summary>A topic that the server refuses to follow any longer, or at all.</summary>
public sealed class EndedTopicTests : IAsyncLifetime
{
    private readonly DrivenTimeProvider _time = new();
    private FakeServer _server = null!;
    private RegistryClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _client = new RegistryClient(new RegistryClientOptions { Addresses = { _server.Address.ToString() } }, time: _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task TopicThatTheServerEnds_IsStale_AndAskedForAgain_ForWhoHoldsIt()
    {
        using var watch = _client.Watch(_client.Application("orders"));
        var (stream, id) = await OpenedAsync();
        await stream.SendAsync(Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Subscribed(id), Wire.Sync(5));
        await Wait.ForAsync(watch.FirstAsync().AsTask());

        await stream.SendAsync(Wire.DroppedApplication("orders"), Wire.Ended(id, (int)StatusCode.ResourceExhausted, "LIMIT_TOPICS"), Wire.Sync(6));
        await Within.BecomesAsync("the view is stale", true, () => watch.Current!.IsStale);
        Assert.Equal("a", Assert.Single((await Wait.ForAsync(watch.FirstAsync().AsTask())).Instances).Id);
        Assert.Equal(1, _client.StaleTopics);

        _time.Advance(_client.Shared.Options.SweepInterval);
        var again = (await stream.NextAsync()).Subscribe;
        Assert.Equal("orders", again.Application);
        await stream.SendAsync(Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Subscribed(again.Id), Wire.Sync(6));
        await Within.BecomesAsync("the view is stale", false, () => watch.Current!.IsStale);
        Assert.Equal("a", Assert.Single(watch.Current!.Instances).Id);
    }

    [Fact]
    public async Task TopicThatTheServerRefuses_LeavesWithWhoAskedForIt()
    {
        var asking = _client.ResolveAsync(_client.Application("orders")).AsTask();
        var (stream, id) = await OpenedAsync();
        await stream.SendAsync(Wire.Ended(id, (int)StatusCode.InvalidArgument, "INVALID_FIELD"), Wire.Sync(5));
        var refusal = await Assert.ThrowsAsync<RegistryException>(() => Wait.ForAsync(asking));
        Assert.Equal("INVALID_FIELD", refusal.Reason);
        Assert.Equal(0, _client.Shared.View.Count);
    }

    [Fact]
    public async Task ViewThatAnEarlierStreamLeft_IsStale_UntilTheNextOneConfirmsIt()
    {
        await using var other = new RegistryClient(new RegistryClientOptions
        {
            Addresses = { $"http://localhost:{_server.Address.Uri.Port}" },
            IdleTimeToLive = TimeSpan.Zero,
        });
        var first = other.Watch(other.Application("orders"));
        var (stream, id) = await OpenedAsync();
        await stream.SendAsync(Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Subscribed(id), Wire.Sync(5));
        await Wait.ForAsync(first.FirstAsync().AsTask());
        first.Dispose();
        using var second = other.Watch(other.Application("orders"));
        Assert.Equal(RegistryConnectionState.Connecting, other.Connection.State);
        Assert.True(second.Current!.IsStale);

        (stream, id) = await OpenedAsync();
        await stream.SendAsync(Wire.Subscribed(id), Wire.Sync(5));
        await Within.BecomesAsync("the view is stale", false, () => second.Current!.IsStale);
    }

    private async Task<(ScriptedStream Stream, ulong Id)> OpenedAsync()
    {
        var stream = await _server.Discovery.NextStreamAsync();
        return (stream, stream.Open.Subscriptions.Count > 0 ? stream.Open.Subscriptions[0].Id : (await stream.NextAsync()).Subscribe.Id);
    }
}
