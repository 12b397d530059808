using Grpc.Core;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;

namespace Registry.Client.Tests.Connecting;

/// <summary>Several servers of one registry, of which a test plays each.</summary>
public sealed class FailoverTests : IAsyncLifetime
{
    private readonly FakeServer[] _servers = new FakeServer[2];
    private RegistryClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _servers[0] = await FakeServer.StartAsync();
        _servers[1] = await FakeServer.StartAsync();
        _client = new RegistryClient(new RegistryClientOptions
        {
            Addresses = { _servers[0].Address.ToString(), _servers[1].Address.ToString() },
            ShortestRetry = TimeSpan.FromMilliseconds(10),
            LongestRetry = TimeSpan.FromMilliseconds(100),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StreamThatEnds_GoesOnAtTheNextServer_FromItsRevision_WithoutAnotherSnapshot(bool serverIsGone)
    {
        using var watch = _client.Watch(_client.Application("orders"));
        var opened = _servers.Select(server => server.Discovery.NextStreamAsync()).ToArray();
        var at = Array.IndexOf(opened, await Task.WhenAny(opened));
        var stream = await opened[at];
        Assert.Null(stream.Open.Token);
        var id = stream.Open.Subscriptions.Count > 0 ? stream.Open.Subscriptions[0].Id : (await stream.NextAsync()).Subscribe.Id;
        await stream.SendAsync(Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Subscribed(id), Wire.Sync(5));
        Assert.Equal("a", Assert.Single((await watch.FirstAsync()).Instances).Id);

        if (serverIsGone)
        {
            await _servers[at].DisposeAsync();
        }
        else
        {
            stream.Fail(StatusCode.Unavailable, "SHUTTING_DOWN");
        }

        var next = await opened[1 - at];
        Assert.Equal(("e1", 5), (next.Open.Token.Epoch, next.Open.Token.Revision));
        Assert.Equal("orders", Assert.Single(next.Open.Held).Application);
        Assert.Equal("orders", Assert.Single(next.Open.Subscriptions).Application);
        await next.SendAsync(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")]), Wire.Subscribed(id), Wire.Sync(6));
        await Within.BecomesAsync("the watch", 2, () => watch.Current!.Instances.Length);
        Assert.Equal(RegistryConnectionState.Connected, _client.Connection.State);
    }

    [Fact]
    public async Task ServerThatAsksForAWait_IsGivenIt_WhenThereIsNoOther()
    {
        await _servers[1].DisposeAsync();
        var opened = new List<long>();
        _servers[0].Discovery.OnWatch = _ =>
        {
            opened.Add(TimeProvider.System.GetTimestamp());
            var trailers = new Metadata { { "grpc-retry-pushback-ms", "700" } };
            throw new RpcException(new Status(StatusCode.Unavailable, "not yet"), trailers);
        };
        await using var patient = new RegistryClient(new RegistryClientOptions
        {
            Addresses = { _servers[0].Address.ToString() },
            ShortestRetry = TimeSpan.FromMilliseconds(1),
            LongestRetry = TimeSpan.FromSeconds(5),
        });
        using var watch = patient.Watch(patient.Application("orders"));
        await Within.HoldsAsync("streams", "three", () => opened.Count, count => count >= 3);
        Assert.True(TimeProvider.System.GetElapsedTime(opened[0], opened[1]) >= TimeSpan.FromMilliseconds(690));
        Assert.True(TimeProvider.System.GetElapsedTime(opened[1], opened[2]) >= TimeSpan.FromMilliseconds(690));
    }
}
