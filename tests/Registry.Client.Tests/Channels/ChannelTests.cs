using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Registry.Client.Resolving;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;

namespace Registry.Client.Tests.Channels;

/// <summary><c>registry:///</c> with the channels of Grpc.Net.Client, against services that really answer.</summary>
public sealed class ChannelTests : ClientTest
{
    [Fact]
    public async Task LongLivedChannel_FollowsEveryChange_WithoutANewChannel()
    {
        await using var services = NewServices();
        await using var a = await Backend.StartAsync();
        await using var b = await Backend.StartAsync();
        var provider = NewClient();
        var first = provider.Register(a.Registration());
        await first.Settled;
        using var channel = Open(services, "registry:///orders");
        Assert.Equal(a.GrpcPort, await Backend.AskAsync(channel.CreateCallInvoker()));

        await using (var second = provider.Register(b.Registration()))
        {
            await second.Settled;
            await AnswerAsync(channel, [a.GrpcPort, b.GrpcPort]);
            await first.DisposeAsync();
            await AnswerAsync(channel, [b.GrpcPort]);
        }

        await Within.HoldsAsync("a call without anybody to take it", "UNAVAILABLE", () => StatusOfAsync(channel), code => code == StatusCode.Unavailable);

        // Who waits for ready is served by the next that comes.
        var waiting = Backend.AskAsync(channel.CreateCallInvoker(), waitForReady: true);
        await using var third = provider.Register(a.Registration());
        Assert.Equal(a.GrpcPort, await waiting);
    }

    [Fact]
    public async Task ChannelOfAnInterface_CallsWhoServesIt()
    {
        await using var services = NewServices();
        await using var a = await Backend.StartAsync();
        await using var other = await Backend.StartAsync();
        var provider = NewClient();
        await provider.Register(a.Registration()).Settled;
        await provider.Register(other.Registration("billing") with { Interfaces = [] }).Settled;
        using var channel = Open(services, $"registry:///interface/{Backend.Interface}");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(a.GrpcPort, await Backend.AskAsync(channel.CreateCallInvoker()));
        }
    }

    [Fact]
    public async Task DrainingInstance_GetsNoNewCall_WhileAnotherTakesThem()
    {
        await using var services = NewServices();
        await using var a = await Backend.StartAsync();
        await using var b = await Backend.StartAsync();
        var provider = NewClient();
        var first = provider.Register(a.Registration());
        await first.Settled;
        await provider.Register(b.Registration()).Settled;
        using var channel = Open(services, "registry:///orders");
        await AnswerAsync(channel, [a.GrpcPort, b.GrpcPort]);
        await first.DrainAsync();
        await AnswerAsync(channel, [b.GrpcPort]);
        await first.SetStatusAsync(InstanceStatus.Up);
        await AnswerAsync(channel, [a.GrpcPort, b.GrpcPort]);
    }

    [Theory]
    [InlineData(BalancingPolicy.WeightedRoundRobin)]
    [InlineData(BalancingPolicy.PowerOfTwoChoices)]
    public async Task Weights_AndTheirChanges_Hold(BalancingPolicy policy)
    {
        await using var services = NewServices(options => options.Balancing = policy);
        await using var a = await Backend.StartAsync();
        await using var b = await Backend.StartAsync();
        var provider = NewClient();
        var first = provider.Register(a.Registration() with { Weight = 30 });
        await first.Settled;
        await provider.Register(b.Registration() with { Weight = 10 }).Settled;
        using var channel = Open(services, "registry:///orders");
        await AnswerAsync(channel, [a.GrpcPort, b.GrpcPort]);
        Assert.InRange(await ShareAsync(channel, a.GrpcPort, 400), 0.65, 0.85);
        await first.SetWeightAsync(0);
        await AnswerAsync(channel, [b.GrpcPort]);
    }

    [Fact]
    public async Task ChannelsMadeAndDisposedInALoop_LeaveNothingBehind()
    {
        await using var services = NewServices(options => options.IdleTimeToLive = TimeSpan.Zero);
        await using var a = await Backend.StartAsync();
        var provider = NewClient(options => options.Addresses.Add($"http://localhost:{Host.GrpcAddress.Port}"));
        await provider.Register(a.Registration()).Settled;
        var client = services.GetRequiredService<RegistryClient>();
        using (var kept = client.Watch(client.Application("orders")))
        {
            await kept.FirstAsync();
            for (var i = 0; i < 200; i++)
            {
                using var channel = Open(services, "registry:///orders");
                Assert.Equal(a.GrpcPort, await Backend.AskAsync(channel.CreateCallInvoker()));
            }

            Assert.Equal(1, await StatusAsync("watches.streams"));
            Assert.Equal(1, await StatusAsync("watches.subscriptions"));
        }

        await ServerShowsAsync("watches.streams", 0);
        Assert.Null(client.Find(client.Application("orders")));
    }

    [Fact]
    public async Task AddressThatNamesNothing_FailsTheChannel_AndSaysWhy()
    {
        await using var services = NewServices();
        var refusal = Assert.Throws<RegistryConfigurationException>(() => Open(services, "registry:///interface/a/b"));
        Assert.Contains("has too many parts", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallThatNobodyServes_SaysWhoIsMissing()
    {
        await using var services = NewServices();
        using var channel = Open(services, "registry:///orders");
        var unknown = await Assert.ThrowsAsync<RpcException>(() => Backend.AskAsync(channel.CreateCallInvoker()));
        Assert.Contains("no call can go to application orders: Unavailable NO_INSTANCE: nobody declares it", unknown.Status.Detail, StringComparison.Ordinal);
        await using var other = NewClient().Register(Instance("orders", 1) with { Endpoints = [new ServiceEndpoint("tri", "127.0.0.1", 1)] });
        await other.Settled;
        await Within.HoldsAsync(
            "the refusal", "names the protocol",
            async () => (await Assert.ThrowsAsync<RpcException>(() => Backend.AskAsync(channel.CreateCallInvoker()))).Status.Detail,
            detail => detail.Contains("none of its 1 instances takes calls over grpc", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CallWithoutARegistry_FailsInABoundedTime_AndSaysWhy()
    {
        await using var services = NewServices(options =>
        {
            options.Addresses.Add("http://127.0.0.1:1");
            options.CallTimeout = TimeSpan.FromMilliseconds(200);
        });
        using var channel = Open(services, "registry:///orders");
        var refusal = await Assert.ThrowsAsync<RpcException>(() => Backend.AskAsync(channel.CreateCallInvoker()));
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains("nothing is known of application orders", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static GrpcChannel Open(IServiceProvider services, string address) => GrpcChannel.ForAddress(
        address, new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure, ServiceProvider = services });

    private static async Task<StatusCode> StatusOfAsync(GrpcChannel channel)
    {
        try
        {
            await Backend.AskAsync(channel.CreateCallInvoker());
            return StatusCode.OK;
        }
        catch (RpcException failure)
        {
            return failure.StatusCode;
        }
    }

    // Until so many calls in a row as would meet all of them are answered by just these.
    private static Task<string> AnswerAsync(GrpcChannel channel, int[] ports) => Within.HoldsAsync(
        "who answers", string.Join(", ", ports.Order()),
        async () =>
        {
            var answered = new HashSet<int>();
            for (var i = 0; i < 24; i++)
            {
                answered.Add(await Backend.AskAsync(channel.CreateCallInvoker(), waitForReady: true));
            }

            return string.Join(", ", answered.Order());
        },
        answered => answered == string.Join(", ", ports.Order()));

    private static async Task<double> ShareAsync(GrpcChannel channel, int port, int calls)
    {
        var hits = 0;
        for (var i = 0; i < calls; i++)
        {
            hits += await Backend.AskAsync(channel.CreateCallInvoker()) == port ? 1 : 0;
        }

        return (double)hits / calls;
    }
}
