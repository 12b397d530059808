using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.Operations;

/// <summary>The promises of operations.proto.</summary>
public sealed class OperationsTests : ServerTest
{
    private Registry.Protocol.V1.Operations.OperationsClient _operations = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _operations = new(Host.CreateChannel());
    }

    [Fact]
    public async Task Status_CountsWhatThereIs()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a", "x.X", "y.Y");
        await Registration.RegisterAsync(new RegisterRequest
        {
            Application = "billing",
            Holder = "files",
            Instances = { new InstanceSpec(Declare.Instance("b")) { State = InstanceState.Draining }, new InstanceSpec(Declare.Instance("c")) { State = InstanceState.Down } },
        });
        await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"));
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs > 0);

        var status = await _operations.StatusAsync(new StatusRequest());

        var read = await GetAsync("/v1/status");
        Assert.Equal(((string)read["epoch"]!, (long)read["revision"]!), (status.Epoch, status.Revision));
        Assert.Matches(@"^\d+\.\d+\.\d+", status.Version);
        Assert.True(status.UptimeMillis > 0);
        Assert.Equal((2u, 2u, 1u), (status.Applications, status.Interfaces, status.Leases));
        Assert.Equal(new InstanceCounts { Total = 3, Up = 1, Draining = 1, Down = 1, WithoutLease = 2 }, status.Instances);
        Assert.Equal((1u, 1u), (status.Watches.Streams, status.Watches.Subscriptions));
        Assert.InRange(status.Connections, 1u, 10u);
        Assert.True(status.ConnectionsPeak >= status.Connections);
    }

    [Fact]
    public async Task Leases_AreListedByPublicIds_InPages()
    {
        List<ByteString> granted = [];
        for (var i = 0; i < 7; i++)
            granted.Add(await GrantAsync());
        await RegisterAsync(granted[3], "orders", "a");

        var listed = new List<LeaseInfo>();
        var request = new ListLeasesRequest { PageSize = 3 };
        do
        {
            var page = await _operations.ListLeasesAsync(request);
            Assert.InRange(page.Leases.Count, 1, 3);
            listed.AddRange(page.Leases);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(granted.Select(PublicIdOf).Order(StringComparer.Ordinal), listed.Select(l => l.Id));
        var one = listed.Single(l => l.Id == PublicIdOf(granted[3]));
        Assert.Equal((3_600_000L, LeaseInfo.Types.State.Active, 1u), (one.TtlMillis, one.State, one.InstanceCount));
        Assert.InRange(one.RemainingMillis, 3_000_000, 3_600_000);
        Assert.Equal(new HeldInstance { Namespace = "default", Application = "orders", InstanceId = "a" }, Assert.Single(one.Instances));
        var ofOrders = await _operations.ListLeasesAsync(new ListLeasesRequest { Application = "orders" });
        Assert.Equal(one.Id, Assert.Single(ofOrders.Leases).Id);
        Assert.Empty((await _operations.ListLeasesAsync(new ListLeasesRequest { Namespace = "staging", Application = "orders" })).Leases);
    }

    [Fact]
    public async Task LeaseThatHoldsMuch_IsShownInPart_AndCountedInFull()
    {
        var lease = await GrantAsync();
        for (var from = 0; from < 128; from += 64)
        {
            await Registration.RegisterAsync(new RegisterRequest
            {
                Application = "orders",
                LeaseId = lease,
                Instances = { Enumerable.Range(from, 64).Select(i => Declare.Instance($"i-{i:000}")) },
            });
        }

        var listed = Assert.Single((await _operations.ListLeasesAsync(new ListLeasesRequest())).Leases);

        Assert.Equal((128u, 100), (listed.InstanceCount, listed.Instances.Count));
        Assert.Equal("i-099", listed.Instances[^1].InstanceId);
    }

    [Fact]
    public async Task Revocation_ByPublicId_RemovesWhatTheLeaseHolds()
    {
        var (mine, yours) = (await GrantAsync(), await GrantAsync());
        await RegisterAsync(mine, "orders", "a");
        await RegisterAsync(yours, "orders", "b");

        var revoked = await _operations.RevokeLeaseOfAsync(new RevokeLeaseOfRequest { Id = PublicIdOf(mine)[..12] });

        Assert.Equal((PublicIdOf(mine), 3L, 1u), (revoked.Id, revoked.Revision, revoked.RemovedInstances));
        await RefusedAsync(
            Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = mine }).ResponseAsync, StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id");
        await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = yours });
        await RefusedAsync(
            _operations.RevokeLeaseOfAsync(new RevokeLeaseOfRequest { Id = PublicIdOf(mine) }).ResponseAsync, StatusCode.NotFound, "LEASE_UNKNOWN", "id");
    }

    [Theory]
    [InlineData("", "id")]
    [InlineData("abc", "id")]
    [InlineData("GHIJ", "id")]
    [InlineData("0123456789abcdef0", "id")]
    public async Task Revocation_OfWhatIsNoId_NamesTheField(string id, string field) => await RefusedAsync(
        _operations.RevokeLeaseOfAsync(new RevokeLeaseOfRequest { Id = id }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", field);

    [Fact]
    public async Task BadPages_NameTheField()
    {
        await RefusedAsync(_operations.ListLeasesAsync(new ListLeasesRequest { PageSize = 1_001 }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "page_size");
        await RefusedAsync(_operations.ListLeasesAsync(new ListLeasesRequest { PageToken = "abcd" }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "page_token");
        await RefusedAsync(_operations.ListLeasesAsync(new ListLeasesRequest { Application = "a b" }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "application");
        await RefusedAsync(_operations.ListSubscriptionsAsync(new ListSubscriptionsRequest { PageSize = 1_001 }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "page_size");
        await RefusedAsync(_operations.ListSubscriptionsAsync(new ListSubscriptionsRequest { PageToken = "-1" }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "page_token");
    }

    [Fact]
    public async Task Subscriptions_TellWhoWatchesWhat_AndWhere()
    {
        await RegisterAsync(await GrantAsync(), "orders", "a", "x.X");
        using var call = Discovery.Watch();
        await call.RequestStream.WriteAsync(new WatchRequest
        {
            Open = new Open
            {
                Client = "test 1.0",
                Subscriptions = { Follower.SubscribeTo(1, Follower.Interface("x.X")), Follower.SubscribeTo(2, Follower.Application("billing")) },
            },
        });
        Sync? sync = null;
        while (sync is null && await call.ResponseStream.MoveNext())
            sync = call.ResponseStream.Current.Sync;

        var watch = Assert.Single((await _operations.ListSubscriptionsAsync(new ListSubscriptionsRequest())).Streams);

        Assert.Equal(("test 1.0", 2u, 3u), (watch.Client, watch.SubscriptionCount, watch.FollowedTopics));
        Assert.StartsWith("127.0.0.1:", watch.Peer, StringComparison.Ordinal);
        Assert.Equal(sync!.Revision, watch.Revision);
        Assert.True(watch.Id > 0 && watch.ConnectedMillis >= 0);
        Assert.Equal(
            [new Topic { Namespace = "default", Interface = "x.X" }, new Topic { Namespace = "default", Application = "billing" }], watch.Topics);

        // That its batch has gone out may still be on its way back to the pump.
        var start = TimeProvider.System.GetTimestamp();
        while (await StateAsync() != WatchInfo.Types.State.KeepingUp)
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Within.Patience, "a stream that is read keeps up");
    }

    [Fact]
    public async Task Subscriptions_AreListedInPages_WithoutThoseThatLeft()
    {
        List<Follower> followers = [];
        for (var i = 0; i < 5; i++)
        {
            followers.Add(Follower.Open(Discovery, Follower.Application($"a-{i}")));
            await followers[i].UntilAsync("first answer", "a Sync", f => f.Syncs > 0);
        }

        var registry = Host.Services.GetRequiredService<Registry.Core.ServiceRegistry>();
        await followers[1].DisposeAsync();
        await Within.BecomesAsync("a stream leaves", 4L, () => registry.WatchCounters.Streams);

        var listed = new List<WatchInfo>();
        var request = new ListSubscriptionsRequest { PageSize = 2 };
        do
        {
            var page = await _operations.ListSubscriptionsAsync(request);
            listed.AddRange(page.Streams);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(["a-0", "a-2", "a-3", "a-4"], listed.Select(w => w.Topics.Single().Application));
        foreach (var follower in followers)
            await follower.DisposeAsync();
    }

    [Fact]
    public async Task Lists_WhileStreamsAndLeasesComeAndGo_AreAnsweredAndDisturbNobody()
    {
        await RegisterAsync(await GrantAsync(), "orders", "a", "x.X");
        using var over = new CancellationTokenSource();
        var watching = Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                await using var follower = Follower.Open(Discovery, Follower.Interface("x.X"));
                await follower.UntilAsync("first answer", "two topics", f => f.Held.Count == 2);
                var lease = await GrantAsync();
                await RegisterAsync(lease, "billing", $"b-{i}");
                await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease });
            }
        }).ToArray();
        var listing = Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!over.IsCancellationRequested)
            {
                var streams = await _operations.ListSubscriptionsAsync(new ListSubscriptionsRequest { PageSize = 3 });
                Assert.All(streams.Streams, w => Assert.InRange(w.SubscriptionCount, 0u, 1u));
                var leases = await _operations.ListLeasesAsync(new ListLeasesRequest());
                Assert.Contains(leases.Leases, l => l.Instances.Any(i => i.Application == "orders"));
                await _operations.StatusAsync(new StatusRequest());
            }
        }).ToArray();

        await Within.DeadlineAsync(Task.WhenAll(watching), "streams and leases come and go", "that all of them end");
        await over.CancelAsync();
        await Task.WhenAll(listing);

        Assert.Single((await _operations.ListLeasesAsync(new ListLeasesRequest())).Leases);
        var registry = Host.Services.GetRequiredService<Registry.Core.ServiceRegistry>();
        await Within.BecomesAsync("all streams leave", 0L, () => registry.WatchCounters.Streams);
        Assert.Empty((await _operations.ListSubscriptionsAsync(new ListSubscriptionsRequest())).Streams);
    }

    private async Task<WatchInfo.Types.State> StateAsync() =>
        (await _operations.ListSubscriptionsAsync(new ListSubscriptionsRequest())).Streams.Single().State;

    private static string PublicIdOf(ByteString lease) => Convert.ToHexStringLower(SHA256.HashData(lease.Span).AsSpan(0, 8));
}
