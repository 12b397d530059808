using Grpc.Core;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Resolving;

public sealed class ListingTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Names_ComePageByPage_OfTheNamespace()
    {
        var asked = new List<ListApplicationsRequest>();
        _server.Discovery.OnListApplications = request =>
        {
            asked.Add(request);
            var page = new ListApplicationsResponse { NextPageToken = request.PageToken.Length == 0 ? "more" : "" };
            page.Applications.Add(new ListApplicationsResponse.Types.Item { Name = request.PageToken.Length == 0 ? "billing" : "orders" });
            return page;
        };
        await using var client = NewClient();
        Assert.Equal(["billing", "orders"], await client.ListApplicationsAsync("o").ToListAsync());
        Assert.Equal([("shop", "o", ""), ("shop", "o", "more")], asked.Select(request => (request.Namespace, request.Prefix, request.PageToken)));
    }

    [Fact]
    public async Task FailureThatPasses_IsTriedAgain_AsOftenAsTheLimitAllows()
    {
        var asked = 0;
        _server.Discovery.OnListInterfaces = _ => ++asked < 3 ? throw Refusal.Of(StatusCode.Unavailable, "NOT_READY", "scripted") : new ListInterfacesResponse();
        await using var client = NewClient();
        Assert.Empty(await client.ListInterfacesAsync().ToListAsync());
        Assert.Equal(3, asked);

        asked = -100;
        var failure = await Assert.ThrowsAsync<RegistryUnavailableException>(async () => await client.ListInterfacesAsync().ToListAsync());
        Assert.Equal("NOT_READY", failure.Reason);
        Assert.Equal(-97, asked);
    }

    [Fact]
    public async Task Refusal_IsNotTriedAgain()
    {
        var asked = 0;
        _server.Discovery.OnListInterfaces = _ =>
        {
            asked++;
            throw Refusal.Of(StatusCode.InvalidArgument, "INVALID_FIELD", "scripted", "prefix");
        };
        await using var client = NewClient();
        Assert.Equal("prefix", (await Assert.ThrowsAsync<RegistryException>(async () => await client.ListInterfacesAsync("..").ToListAsync())).Field);
        Assert.Equal(1, asked);
    }

    private RegistryClient NewClient() => new(new RegistryClientOptions
    {
        Addresses = { _server.Address.ToString() },
        Namespace = "shop",
        CallAttempts = 3,
        ShortestRetry = TimeSpan.FromMilliseconds(1),
        LongestRetry = TimeSpan.FromMilliseconds(5),
    });
}
