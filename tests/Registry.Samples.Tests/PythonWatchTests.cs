using System.Text.Json.Nodes;
using Registry.Protocol.V1;
using Registry.Samples.Tests.Harness;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Samples.Tests;

/// <summary>The sample's watch, against the real server.</summary>
public sealed class PythonWatchTests(PythonSample sample)
{
    private const string Orders = "orders.v1.OrderService";
    private const string Audit = "orders.v1.AuditService";

    [Fact]
    public async Task Watch_FollowsWhatDotNetClientsDo_AndPrintsWhatTheirWatchPrints()
    {
        await using var server = await TestServer.StartAsync();
        await using var python = sample.Start("watch.py", server.Address, Orders, "--json");
        await using var dotnet = Command.StartCli("watch", Orders, "--output", "json", "--server", server.Address.ToString());
        var lines = new WatchLines(python);
        var expected = new WatchLines(dotnet);
        await EndWithAsync($"status {Orders} unknown");

        var lease = await server.GrantAsync();
        var first = await server.RegisterAsync(lease, Instance("orders-1"), Orders);
        await EndWithAsync($"status {Orders} available");

        var incarnation = first.Instances[0].Incarnation;
        await server.UpdateAsync(new() { Id = "orders-1", Incarnation = incarnation, Weight = 7, SetMetadata = { ["version"] = "2" } });
        await EndWithAsync("changed orders-1 UP (weight, metadata)");

        await server.RegisterAsync(lease, Instance("orders-2"), Orders, Audit);
        await EndWithAsync("added orders-2 UP");

        // The application's third instance runs a build that does not serve the interface: the join leaves it out.
        await server.RegisterAsync(lease, Instance("orders-3"), Audit);
        await server.UpdateAsync(new() { Id = "orders-2", State = InstanceState.Draining });
        await EndWithAsync("changed orders-2 DRAINING (state)");
        Assert.DoesNotContain(lines.Short, line => line.Contains("orders-3", StringComparison.Ordinal));

        // An upgrade in place: now it does.
        await server.UpdateAsync(new() { Id = "orders-3", BuildId = first.Instances[0].BuildId });
        await EndWithAsync("added orders-3 UP");

        await server.RegisterAsync(await server.GrantAsync(), Instance("orders-1"), Orders);
        await EndWithAsync("changed orders-1 UP (weight, incarnation, metadata)");

        await server.Client.RevokeLeaseAsync(new() { LeaseId = lease });
        await EndWithAsync("removed orders-3 UP");
        await server.DeregisterAsync("orders-1");
        await EndWithAsync($"status {Orders} noInstance");

        Assert.Equal(expected.All, lines.All);

        async Task EndWithAsync(string last)
        {
            await lines.EndWithAsync(last);
            await expected.EndWithAsync(last);
            AssertSame(await server.InstancesAsync(Orders), lines.Instances(Orders));
        }
    }

    [Fact]
    public async Task Watch_AfterItsConnectionWasCut_ResumesWithWhatItMissed()
    {
        await using var server = await TestServer.StartAsync();
        await using var link = new Link(server.Address);
        var lease = await server.GrantAsync();
        await server.RegisterAsync(lease, Instance("orders-1"), Orders);
        await using var watch = sample.Start("watch.py", link.Address, Orders, "unknown.v1.Service", "--json");
        var lines = new WatchLines(watch);
        await lines.EndWithAsync("status unknown.v1.Service unknown");

        link.Cut();
        await watch.ComplainsAsync("UNAVAILABLE");
        await server.RegisterAsync(lease, Instance("orders-2"), Orders);
        await server.DeregisterAsync("orders-1");
        link.LeadTo(server.Address);
        await watch.ComplainsAsync("resumed");
        await lines.EndWithAsync("added orders-2 UP");

        // A second time, and nothing has changed: nothing is printed.
        var unchanged = await server.CountAsync("watches", "unchangedOnResume");
        link.Cut();
        link.LeadTo(server.Address);
        await watch.ComplainsAsync("resumed", times: 2);
        Assert.True(await server.CountAsync("watches", "unchangedOnResume") > unchanged);
        await server.UpdateAsync(new() { Id = "orders-2", State = InstanceState.Down });
        await lines.EndWithAsync("changed orders-2 DOWN (state)");

        Assert.Equal(
            [
                $"status {Orders} available",
                "present orders-1 UP",
                "status unknown.v1.Service unknown",
                "removed orders-1 UP",
                "added orders-2 UP",
                "changed orders-2 DOWN (state)",
            ],
            lines.Short);
        AssertSame(await server.InstancesAsync(Orders), lines.Instances(Orders));
    }

    [Fact]
    public async Task Watch_WhenTheServerHasAnotherHistory_EndsUpWithThatOne()
    {
        await using var server = await TestServer.StartAsync();
        await using var restarted = await TestServer.StartAsync();
        await using var link = new Link(server.Address);
        await server.RegisterAsync(await server.GrantAsync(), Instance("orders-1"), Orders);
        await server.UpdateAsync(new() { Id = "orders-1", Weight = 7 });
        await using var watch = sample.Start("watch.py", link.Address, Orders, "--json");
        var lines = new WatchLines(watch);
        await lines.EndWithAsync("present orders-1 UP");

        link.Cut();
        await restarted.RegisterAsync(await restarted.GrantAsync(), Instance("orders-2"), Orders);
        link.LeadTo(restarted.Address);
        await lines.EndWithAsync("added orders-2 UP");

        AssertSame(await restarted.InstancesAsync(Orders), lines.Instances(Orders));
    }

    [Fact]
    public async Task Watch_WhenNoSyncComes_TriesAgainAndGoesOn()
    {
        await using var server = await TestServer.StartAsync();
        await using var link = new Link(server.Address);
        await using var watch = sample.Start("watch.py", link.Address, Orders, "--json", "--silence", "1");
        var lines = new WatchLines(watch);
        await lines.EndWithAsync($"status {Orders} unknown");

        link.FallSilent();
        await watch.ComplainsAsync("no Sync for 1 s");
        await server.RegisterAsync(await server.GrantAsync(), Instance("orders-1"), Orders);
        link.Flow();

        await lines.EndWithAsync($"status {Orders} available");
        await watch.ComplainsAsync("resumed");
        AssertSame(await server.InstancesAsync(Orders), lines.Instances(Orders));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_ToldToStop_EndsItsStreamAndSaysNothing(bool byTerminal)
    {
        await using var server = await TestServer.StartAsync();
        await using var watch = sample.Start("watch.py", server.Address, Orders);
        await watch.PrintsAsync($"0 ! {Orders} unknown");
        Assert.Equal(1, await server.CountAsync("watches", "streams"));

        if (byTerminal)
            watch.Interrupt();
        else
            watch.Signal(ProcessSignal.Terminate);

        Assert.Equal(0, await watch.ExitAsync());
        Assert.Equal(["registry: connected at revision 0, all told"], watch.Errors);
        await Within.DeadlineAsync(NoStreamAsync(), "end of the stream", "no stream at the server");

        async Task NoStreamAsync()
        {
            while (await server.CountAsync("watches", "streams") > 0)
                await Task.Delay(20);
        }
    }

    [Fact]
    public async Task Watch_OfWhatIsNoName_SaysWhatTheServerSays()
    {
        await using var server = await TestServer.StartAsync();
        await using var watch = sample.Start("watch.py", server.Address, "no name");

        Assert.Equal(1, await watch.ExitAsync());
        Assert.Empty(watch.Output);
        Assert.Contains(watch.Errors, line => line.Contains("INVALID_FIELD", StringComparison.Ordinal));
    }

    private static InstanceSpec Instance(string id) => new()
    {
        Id = id,
        Zone = "eu-1a",
        Endpoints = { new Endpoint { Protocol = "grpc", Host = "10.0.0.1", Port = 50051 } },
        Metadata = { ["version"] = "1" },
    };

    // The lines name the application too, which the server's answer has around the instances.
    private static void AssertSame(IReadOnlyDictionary<string, JsonNode> expected, IReadOnlyDictionary<string, JsonNode> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (id, instance) in expected)
        {
            var told = actual[id].DeepClone().AsObject();
            told.Remove("application");
            Assert.True(JsonNode.DeepEquals(instance, told), $"expected {instance.ToJsonString()}, actual {told.ToJsonString()}");
        }
    }
}
