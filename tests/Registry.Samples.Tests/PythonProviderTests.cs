using Registry.Protocol.V1;
using Registry.Samples.Tests.Harness;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Samples.Tests;

/// <summary>The sample's provider and its resolve, against the real server.</summary>
public sealed class PythonProviderTests(PythonSample sample)
{
    private const string Orders = "orders.v1.OrderService";
    private static readonly string[] Instance = ["orders", "orders-1", "grpc://10.0.0.1:50051", "--interface", Orders, "--ttl", "1"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Provider_LivesBeyondItsTtl_AndRemovesItselfWhenToldToStop(bool byTerminal)
    {
        await using var server = await TestServer.StartAsync();
        await using var provider = sample.Start("provide.py", server.Address, Instance);
        await provider.PrintsAsync("registered orders/orders-1 incarnation 1 at revision 1");

        // Four renewals at a third of the TTL are more than one TTL.
        await server.ReachesAsync("leases", "renewed", 4);
        Assert.Equal(["orders-1"], (await server.InstancesAsync(Orders)).Keys);

        if (byTerminal)
            provider.Interrupt();
        else
            provider.Signal(ProcessSignal.Terminate);

        Assert.Equal(0, await provider.ExitAsync());
        Assert.Equal("removed 1 instance", provider.Output.Last());
        Assert.Empty(provider.Errors);
        Assert.Empty(await server.InstancesAsync(Orders));
        Assert.Equal(0, await server.CountAsync("leases", "active"));
    }

    [Fact]
    public async Task Provider_ThatDrains_IsSeenDrainingBeforeItGoes()
    {
        await using var server = await TestServer.StartAsync();
        await using var watch = sample.Start("watch.py", server.Address, Orders, "--json");
        var lines = new WatchLines(watch);
        await lines.EndWithAsync($"status {Orders} unknown");
        await using var provider = sample.Start("provide.py", server.Address, [.. Instance, "--drain", "1"]);
        await lines.EndWithAsync($"status {Orders} available");

        provider.Signal(ProcessSignal.Terminate);

        Assert.Equal(0, await provider.ExitAsync());
        await lines.EndWithAsync($"status {Orders} noInstance");
        Assert.Equal(
            [
                $"status {Orders} unknown",
                "added orders-1 UP",
                $"status {Orders} available",
                "changed orders-1 DRAINING (state)",
                "removed orders-1 DRAINING",
                $"status {Orders} noInstance",
            ],
            lines.Short);
    }

    [Fact]
    public async Task Provider_Killed_IsGoneWhenItsLeaseHasRunOut()
    {
        await using var server = await TestServer.StartAsync();
        await using var watch = sample.Start("watch.py", server.Address, Orders, "--json");
        var lines = new WatchLines(watch);
        await lines.EndWithAsync($"status {Orders} unknown");
        await using var provider = sample.Start("provide.py", server.Address, Instance);
        await lines.EndWithAsync($"status {Orders} available");

        provider.Signal(ProcessSignal.Kill);

        await lines.EndWithAsync($"status {Orders} noInstance");
        Assert.Equal("removed orders-1 UP", lines.Short[^2]);
        Assert.Equal(1, await server.CountAsync("leases", "expired"));
    }

    [Fact]
    public async Task Provider_TakenOver_EndsInsteadOfTakingTheInstanceBack()
    {
        await using var server = await TestServer.StartAsync();
        await using var first = sample.Start("provide.py", server.Address, Instance);
        await first.PrintsAsync("registered");
        await using var second = sample.Start("provide.py", server.Address, Instance);
        await second.PrintsAsync("registered orders/orders-1 incarnation 2");

        Assert.Equal(7, await first.ExitAsync());
        Assert.Contains("lost orders/orders-1: another process has taken it over", first.Output);

        var renewed = await server.CountAsync("leases", "renewed");
        await server.ReachesAsync("leases", "renewed", renewed + 4);
        Assert.Equal(2, (long)(await server.InstancesAsync(Orders))["orders-1"]["incarnation"]!);

        second.Signal(ProcessSignal.Terminate);
        Assert.Equal(0, await second.ExitAsync());
    }

    [Fact]
    public async Task Provider_WhoseServerHasForgottenTheLease_RegistersAgain()
    {
        await using var server = await TestServer.StartAsync();
        await using var restarted = await TestServer.StartAsync();
        await using var link = new Link(server.Address);
        await using var provider = sample.Start("provide.py", link.Address, Instance);
        await provider.PrintsAsync("registered");

        link.Cut();
        await provider.PrintsAsync("UNAVAILABLE");
        link.LeadTo(restarted.Address);

        await provider.PrintsAsync("the server does not know the lease any more");
        await restarted.ReachesAsync("leases", "renewed", 1);
        Assert.Equal(["orders-1"], (await restarted.InstancesAsync(Orders)).Keys);
    }

    [Fact]
    public async Task Provider_ThatIsRefused_SaysWhyAndEnds()
    {
        await using var server = await TestServer.StartAsync();
        await using var provider = sample.Start("provide.py", server.Address, "orders", "no/id", "grpc://10.0.0.1:50051");

        Assert.Equal(1, await provider.ExitAsync());
        Assert.Contains(
            provider.Errors, line => line.StartsWith("registry: INVALID_ARGUMENT INVALID_FIELD: instances[0].id:", StringComparison.Ordinal));
        Assert.Equal(0, await server.CountAsync("leases", "active"));
    }

    [Fact]
    public async Task Resolve_TellsWhoServes_AndWhatIsUnknown()
    {
        await using var server = await TestServer.StartAsync();
        await server.RegisterAsync(
            await server.GrantAsync(),
            new() { Id = "orders-1", Endpoints = { new Endpoint { Protocol = "grpc", Host = "10.0.0.1", Port = 50051 } } },
            Orders);

        await using var found = sample.Start("resolve.py", server.Address, Orders);
        Assert.Equal(0, await found.ExitAsync());
        Assert.Equal([$"{Orders} orders/orders-1 grpc://10.0.0.1:50051 UP"], found.Output);

        await server.DeregisterAsync("orders-1");
        await using var nobody = sample.Start("resolve.py", server.Address, Orders);
        Assert.Equal(6, await nobody.ExitAsync());
        Assert.Equal([$"{Orders} noInstance"], nobody.Output);

        await using var unknown = sample.Start("resolve.py", server.Address, "orders.v1.Nothing");
        Assert.Equal(3, await unknown.ExitAsync());
        Assert.Equal(["orders.v1.Nothing unknown"], unknown.Output);
    }

    [Fact]
    public async Task Rules_ThatNoRealServerBreaks_AreTestedInPython()
    {
        await using var tests = sample.StartPython("-m", "unittest", "test_client");

        Assert.True(await tests.ExitAsync() == 0, tests.Describe());
    }
}
