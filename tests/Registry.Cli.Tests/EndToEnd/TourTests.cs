using Registry.Cli.Tests.Running;
using Registry.TestKit.Hosting;

namespace Registry.Cli.Tests.EndToEnd;

/// <summary>The tour of the README, against the real server.</summary>
public sealed class TourTests
{
    private static readonly string Boutique = Path.Combine(AppContext.BaseDirectory, "Samples", "online-boutique.json");

    [Fact]
    public async Task What_is_applied_is_resolved_listed_and_gone_when_apply_ends()
    {
        await using var server = await RegistryHost.StartAsync();
        await using var apply = Start(server, "apply", Boutique);
        await apply.Out.NextAsync("holding 27 instances of 11 applications");

        await using var resolve = Start(server, "resolve", "hipstershop.CartService");
        Assert.Equal(0, await resolve.ExitAsync());
        Assert.Equal(4, resolve.Out.All.Count);
        Assert.Contains("grpc://10.20.2.11:7070", resolve.Out.Text, StringComparison.Ordinal);

        await using var interfaces = Start(server, "list", "interfaces", "--prefix", "hipstershop.");
        Assert.Equal(0, await interfaces.ExitAsync());
        Assert.Equal(10, interfaces.Out.All.Count);

        await using var applications = Start(server, "list", "applications");
        Assert.Equal(0, await applications.ExitAsync());
        Assert.Equal(12, applications.Out.All.Count);

        await apply.StopAsync();
        Assert.Equal(0, await apply.ExitAsync());
        Assert.Equal("deregistered 27 instances of 11 applications", apply.Out.All[^1]);

        await using var empty = Start(server, "resolve", "hipstershop.CartService");
        Assert.Equal(6, await empty.ExitAsync());
        await using var unknown = Start(server, "resolve", "hipstershop.NoService");
        Assert.Equal(3, await unknown.ExitAsync());
    }

    [Fact]
    public async Task A_watch_sees_instances_come_and_go()
    {
        await using var server = await RegistryHost.StartAsync();
        await using var watch = Start(server, "watch", "hipstershop.AdService");
        await watch.Out.NextAsync("! hipstershop.AdService unknown");

        await using var apply = Start(server, "apply", Boutique);
        await watch.Out.NextAsync("+ hipstershop.AdService adservice/adservice-1 grpc://10.20.1.11:9555 UP");
        await watch.Out.NextAsync("+ hipstershop.AdService adservice/adservice-2 grpc://10.20.1.12:9555 UP");
        await watch.Out.NextAsync("! hipstershop.AdService available");

        await apply.StopAsync();
        Assert.Equal(0, await apply.ExitAsync());
        await watch.Out.NextAsync("- hipstershop.AdService adservice/adservice-1");
        await watch.Out.NextAsync("- hipstershop.AdService adservice/adservice-2");
        await watch.Out.NextAsync("! hipstershop.AdService no instance (mapped to adservice)");

        await watch.StopAsync();
        Assert.Equal(0, await watch.ExitAsync());
    }

    [Fact]
    public async Task A_second_apply_takes_over_and_the_first_ends_by_itself()
    {
        const string Manifest =
            """{"applications":[{"name":"orders","leaseTtlSeconds":1,"builds":{"v1":["o.O"]},"instances":[{"id":"a","endpoints":["grpc://10.0.0.1:1"]}]}]}""";
        await using var server = await RegistryHost.StartAsync();
        await using var first = Start(server, Manifest);
        await first.Out.NextAsync("holding 1 instance");

        await using var second = Start(server, Manifest);
        await second.Out.NextAsync("holding 1 instance");

        Assert.Equal(7, await first.ExitAsync());
        Assert.Equal(
            ["registry: orders: 1 instance was taken over by another process, not held any more", "registry: nothing is left to hold"],
            first.Error.All);
        await using var resolve = Start(server, "resolve", "o.O");
        Assert.Equal(0, await resolve.ExitAsync());
        Assert.False(second.Exit.IsCompleted);
    }

    [Fact]
    public async Task A_name_that_the_server_refuses_is_named_by_its_path()
    {
        await using var server = await RegistryHost.StartAsync();
        await using var apply = Start(
            server,
            """{"applications":[{"name":"orders","instances":[{"id":"b","endpoints":["grpc://10.0.0.1:1"]},{"id":"a","endpoints":["grpc://0.0.0.0:1"]}]}]}""");

        Assert.Equal(2, await apply.ExitAsync());

        Assert.StartsWith(
            "registry: INVALID_ARGUMENT INVALID_FIELD: applications[0].instances[1].endpoints[0].host: ",
            Assert.Single(apply.Error.All),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_instances_are_registered_and_resolved()
    {
        var instances = Enumerable.Range(0, 1000).Select(i => $$"""{"id":"i{{i:0000}}","endpoints":["grpc://10.1.{{i / 250}}.{{i % 250}}:1"]}""");
        await using var server = await RegistryHost.StartAsync();
        await using var apply = Start(
            server, $$"""{"applications":[{"name":"orders","builds":{"v1":["o.O"]},"instances":[{{string.Join(',', instances)}}]}]}""");
        await apply.Out.NextAsync("holding 1000 instances");

        await using var resolve = Start(server, "resolve", "o.O");

        Assert.Equal(0, await resolve.ExitAsync());
        Assert.Equal(1001, resolve.Out.All.Count);
    }

    [Fact]
    public async Task An_answer_too_large_for_one_message_is_resolved_all_the_same()
    {
        var padding = string.Join(',', Enumerable.Range(0, 4).Select(i => $"\"k{i}\":\"{new string('x', 3800)}\""));
        var instances = Enumerable.Range(0, 300).Select(i => $$"""{"metadata":{ {{padding}} },"id":"i{{i:0000}}","endpoints":["grpc://10.1.1.1:1"]}""");
        await using var server = await RegistryHost.StartAsync();
        await using var apply = Start(
            server, $$"""{"applications":[{"name":"orders","builds":{"v1":["o.O"]},"instances":[{{string.Join(',', instances)}}]}]}""");
        await apply.Out.NextAsync("holding 300 instances");

        await using var resolve = Start(server, "resolve", "o.O");

        Assert.Equal(0, await resolve.ExitAsync());
        Assert.Equal(301, resolve.Out.All.Count);
    }

    private static CliRun Start(RegistryHost server, string manifest) =>
        CliRun.Start(["apply", "-", "--server", Address(server)], manifest);

    private static CliRun Start(RegistryHost server, params string[] arguments) =>
        CliRun.Start([.. arguments, "--server", Address(server)], "");

    private static string Address(RegistryHost server) => server.GrpcAddress.GetLeftPart(UriPartial.Authority);
}
