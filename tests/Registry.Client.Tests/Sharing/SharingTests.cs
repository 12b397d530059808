using Registry.Client.Resolving;
using Registry.TestKit;
using Registry.TestKit.Threads;

namespace Registry.Client.Tests.Sharing;

/// <summary>However many components of a process ask, the server sees one client. Counted by the server.</summary>
public sealed class SharingTests : ClientTest
{
    private const string Orders = "orders.v1.OrderService";

    [Fact]
    public async Task HundredComponents_ThatAskForOneInterface_AreOneStreamAndOneSubscription()
    {
        await using var provider = NewClient().Register(Instance("orders", 5001, Orders));
        await provider.Settled;

        var clients = Enumerable.Range(0, 100).Select(_ => NewClient()).ToArray();
        var views = await Task.WhenAll(clients.Select(client => client.ResolveAsync(client.Interface(Orders)).AsTask()));

        Assert.All(views, view => Assert.Equal("127.0.0.1:5001", Assert.Single(view.Instances).Id));
        Assert.Equal(1, await StatusAsync("watches.streams"));
        Assert.Equal(1, await StatusAsync("watches.subscriptions"));
        Assert.Equal(1, await StatusAsync("leases.active"));
    }

    [Fact]
    public async Task ThreadsThatMakeClientsAtOnce_ShareOneConnection()
    {
        var clients = new RegistryClient[32];
        StartingGate.Run(clients.Length, i => clients[i] = NewSharedClient());
        await Task.WhenAll(clients.Select(async client => await client.ResolveAsync(client.Interface(Orders))));
        Assert.Single(clients.Select(client => client.Shared).Distinct());
        Assert.Equal(1, await StatusAsync("watches.streams"));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        await ServerShowsAsync("watches.streams", 0);
    }

    [Fact]
    public async Task LastToLeave_ClosesTheSubscription_AndTheStreamWithTheLastTopic()
    {
        var client = NewClient(options => options.IdleTimeToLive = options.UnknownTimeToLive = TimeSpan.Zero);
        var first = client.Watch(client.Interface(Orders));
        var second = client.Watch(client.Interface(Orders));
        var other = client.Watch(client.Application("billing"));
        await Task.WhenAll(first.FirstAsync().AsTask(), other.FirstAsync().AsTask());
        Assert.Equal(2, await StatusAsync("watches.subscriptions"));

        first.Dispose();
        first.Dispose();
        Assert.NotNull(client.Find(client.Interface(Orders)));
        second.Dispose();
        await ServerShowsAsync("watches.subscriptions", 1);
        other.Dispose();
        await ServerShowsAsync("watches.streams", 0);

        // And it begins anew for whoever comes next.
        Assert.Equal(RegistryConnectionState.Idle, client.Connection.State);
        using var again = client.Watch(client.Interface(Orders));
        Assert.Equal(ServiceStatus.Unknown, (await again.FirstAsync()).Status);
        Assert.Equal(RegistryConnectionState.Connected, client.Connection.State);
    }

    [Fact]
    public async Task TopicThatIsAskedForWhileItLeaves_IsWatchedOrAskedForAnew_NeverLost()
    {
        var client = NewClient(options => options.IdleTimeToLive = options.UnknownTimeToLive = TimeSpan.Zero);
        await using var provider = NewClient().Register(Instance("orders", 5001, Orders));
        await provider.Settled;
        using var keeper = client.Watch(client.Application("billing"));
        StartingGate.Run(8, thread =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var watch = client.Watch(client.Interface(Orders));
#pragma warning disable xUnit1031, VSTHRD002 // The threads are the point.
                var view = watch.FirstAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore xUnit1031, VSTHRD002
                Assert.Single(view.Instances);
            }
        });
        await ServerShowsAsync("watches.subscriptions", 1);
    }

    [Fact]
    public async Task Change_IsSeenByEveryWatch()
    {
        var client = NewClient();
        var watches = Enumerable.Range(0, 50).Select(_ => client.Watch(client.Interface(Orders))).ToArray();
        await Task.WhenAll(watches.Select(watch => watch.FirstAsync().AsTask()));
        await using (var provider = client.Register(Instance("orders", 5001, Orders)))
        {
            await provider.Settled;
            foreach (var watch in watches)
            {
                await Within.BecomesAsync("a watch sees the instance", 1, () => watch.Current!.Instances.Length);
            }
        }

        foreach (var watch in watches)
        {
            await Within.BecomesAsync("a watch sees it leave", ServiceStatus.NoInstance, () => watch.Current!.Status);
            watch.Dispose();
        }
    }

    [Fact]
    public async Task CallbackThatBlocksOrThrows_HurtsNobodyElse()
    {
        var client = NewClient();
        using var gate = new ManualResetEventSlim();
        using var blocked = client.Watch(client.Application("orders"));
        using var throwing = client.Watch(client.Application("orders"));
        using var well = client.Watch(client.Application("orders"));
        var entered = new TaskCompletionSource();
        var thrown = 0;
        var seen = 0;
        blocked.OnChange(_ =>
        {
            entered.TrySetResult();
            gate.Wait();
        });
        throwing.OnChange(_ =>
        {
            Interlocked.Increment(ref thrown);
            throw new InvalidOperationException("thrown on purpose");
        });
        well.OnChange(view => Volatile.Write(ref seen, view.Instances.Length));
        await Within.DeadlineAsync(entered.Task, "the blocking callback", "called");

        for (var port = 1; port <= 5; port++)
        {
            _ = client.Register(Instance("orders", port));
            await Within.BecomesAsync("the well-behaved callback", port, () => Volatile.Read(ref seen));
        }

        Assert.True(Volatile.Read(ref thrown) > 1, "the throwing callback was not called again");
        gate.Set();
    }

    private RegistryClient NewSharedClient() => new(OptionsOf());
}
