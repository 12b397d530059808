using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.Core;
using Registry.Cli.Tests.Running;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Watching;

/// <summary>What <c>watch</c> prints, and what it does not.</summary>
public sealed partial class WatchCommandTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task First_what_is_there_then_a_line_per_change()
    {
        await using var run = Start("watch", "x");
        var stream = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(stream);
        await stream.SendAsync(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")]), Wire.Sync(6));
        await stream.SendAsync(
            Wire.InstancesDelta("orders", 6, 7, [Wire.Instance("a", "b1", 7, InstanceState.Draining)], "b"), Wire.Sync(7));

        Assert.Equal("T 5 = x orders/a grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 6 + x orders/b grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 7 ~ x orders/a grpc://10.0.0.1:50051 DRAINING (state UP -> DRAINING)", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 7 - x orders/b grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        await run.StopAsync();
        Assert.Equal(0, await run.ExitAsync());
        Assert.Empty(run.Error.All);
    }

    [Fact]
    public async Task An_instance_whose_build_serves_the_interface_no_more_is_removed()
    {
        await using var run = Start("watch", "x");
        var stream = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(stream);
        await run.Out.NextAsync();
        await stream.SendAsync(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("a", "b2")]), Wire.Sync(6));

        Assert.Equal("T 6 - x orders/a grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 6 ! x no instance (mapped to orders)", Timeless(await run.Out.NextAsync()));
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_watched_until_somebody_serves_it()
    {
        await using var run = Start("watch", "x");
        var stream = await _server.Discovery.NextStreamAsync();
        await stream.SendAsync(Wire.Subscribed(1), Wire.NoMapping("x"), Wire.Sync(5));
        await stream.SendAsync(Wire.Mapping("x", 6, "orders:b1"), Wire.Instances("orders", 6, Wire.Instance("a")), Wire.Sync(6));

        Assert.Equal("T 5 ! x unknown", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 6 + x orders/a grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 6 ! x available", Timeless(await run.Out.NextAsync()));
    }

    [Fact]
    public async Task A_reconnect_is_told_on_standard_error_and_prints_no_change()
    {
        await using var run = Start("watch", "x");
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first);
        await run.Out.NextAsync();

        first.Fail(StatusCode.Unavailable, "SHUTTING_DOWN");
        var second = await _server.Discovery.NextStreamAsync();
        await second.SendAsync(Wire.Subscribed(1), Wire.Sync(9));

        Assert.Equal(
            "registry: watch interrupted: UNAVAILABLE SHUTTING_DOWN: scripted; trying again", await run.Error.NextAsync());
        Assert.Equal("registry: watch resumed at revision 9", await run.Error.NextAsync());
        await second.SendAsync(Wire.InstancesDelta("orders", 9, 10, [], "a"), Wire.Sync(10));
        Assert.Equal("T 10 - x orders/a grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
    }

    [Fact]
    public async Task A_server_that_tells_everything_anew_causes_no_false_removal()
    {
        await using var run = Start("watch", "x");
        var first = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(first);
        await run.Out.NextAsync();
        _server.Discovery.OnWatch = open =>
        {
            if (open.Token is not null)
            {
                throw Refusal.Of(StatusCode.OutOfRange, "REVISION_IN_FUTURE", "scripted");
            }
        };

        first.Fail(StatusCode.Unavailable);
        var second = await _server.Discovery.NextStreamAsync();
        await second.SendAsync(Wire.Subscribed(1), Wire.Mapping("x", 1, "orders:b1"), Wire.Sync(2, "e2"));
        Assert.Equal("registry: watch started anew at revision 2", await run.Error.NextAsync("started"));
        await second.SendAsync(Wire.Instances("orders", 2, Wire.Instance("a"), Wire.Instance("b")), Wire.Sync(3, "e2"));

        Assert.Equal("T 3 + x orders/b grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        Assert.Single(run.Error.All, line => line.Contains("interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task JSON_is_one_object_per_line_that_begins_with_the_status()
    {
        await using var run = Start("watch", "x", "--output", "json");
        var stream = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(stream);
        await stream.SendAsync(
            Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("a", "b1", 6, InstanceState.Down)]), Wire.Sync(6));

        Assert.Equal(
            """{"time":"T","revision":5,"event":"status","kind":"interface","name":"x","status":"available","applications":["orders"]}""",
            Timeless(await run.Out.NextAsync()));
        using var present = JsonDocument.Parse(await run.Out.NextAsync());
        Assert.Equal("present", present.RootElement.GetProperty("event").GetString());
        Assert.Equal(
            """{"time":"T","revision":6,"event":"changed","kind":"interface","name":"x","instance":{"application":"orders","id":"a","state":"DOWN","zone":"","weight":100,"buildId":"b1","incarnation":1,"revision":6,"endpoints":[{"protocol":"grpc","host":"10.0.0.1","port":50051}],"metadata":{},"holder":""},"changes":["state"]}""",
            Timeless(await run.Out.NextAsync()));
    }

    [Fact]
    public async Task Applications_are_watched_by_name()
    {
        await using var run = Start("watch", "--application", "orders", "billing");
        var stream = await _server.Discovery.NextStreamAsync();
        Assert.Equal(["orders", "billing"], stream.Open.Subscriptions.Select(subscription => subscription.Application));
        await stream.SendAsync(Wire.Instances("orders", 5, Wire.Instance("a", "")), Wire.NoApplication("billing"), Wire.Sync(5));

        Assert.Equal("T 5 = orders orders/a grpc://10.0.0.1:50051 UP", Timeless(await run.Out.NextAsync()));
        Assert.Equal("T 5 ! billing unknown", Timeless(await run.Out.NextAsync()));
    }

    [Theory]
    [InlineData(3, "INVALID_FIELD", 2)]
    [InlineData(8, "LIMIT_TOPICS", 1)]
    public async Task When_the_server_ends_the_last_subscription_the_watch_ends(int code, string reason, int exitCode)
    {
        await using var run = Start("watch", "x");
        await (await _server.Discovery.NextStreamAsync()).SendAsync(Wire.Ended(1, code, reason), Wire.Sync(5));

        Assert.Equal(exitCode, await run.ExitAsync());

        Assert.Contains(reason, Assert.Single(run.Error.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_that_is_denied_is_exit_code_5()
    {
        _server.Discovery.OnWatch = _ => throw Refusal.Of(StatusCode.PermissionDenied, "", "scripted");
        await using var run = Start("watch", "x");

        Assert.Equal(5, await run.ExitAsync());

        Assert.Equal("registry: PERMISSION_DENIED: scripted", Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task Without_a_first_answer_in_time_it_ends_with_exit_code_4()
    {
        var time = new DrivenTimeProvider();
        await using var run = CliRun.Start(["watch", "x", "--server", _server.Address.ToString(), "--timeout", "7"], "", time: time);
        await _server.Discovery.NextStreamAsync();
        await time.ArmedAsync(TimeSpan.FromSeconds(7));

        time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(4, await run.ExitAsync());
        Assert.StartsWith("registry: DEADLINE_EXCEEDED: http://", Assert.Single(run.Error.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_in_time_it_says_why()
    {
        var time = new DrivenTimeProvider();
        // Port 1 of loopback: nothing listens there.
        await using var run = CliRun.Start(["watch", "x", "--server", "127.0.0.1:1", "--timeout", "7"], "", time: time);
        await time.FireWithinAsync(TimeSpan.FromSeconds(5));

        time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(4, await run.ExitAsync());
        Assert.Equal("registry: UNAVAILABLE: http://127.0.0.1:1: Connection refused", Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task After_the_first_answer_it_waits_as_long_as_it_takes()
    {
        var time = new DrivenTimeProvider();
        await using var run = CliRun.Start(["watch", "x", "--server", _server.Address.ToString(), "--timeout", "7"], "", time: time);
        var stream = await _server.Discovery.NextStreamAsync();
        await FirstStateAsync(stream);
        await run.Out.NextAsync();
        await time.ArmedAsync(TimeSpan.FromSeconds(30));

        time.Advance(TimeSpan.FromSeconds(8));

        await stream.SendAsync(Wire.InstancesDelta("orders", 5, 6, [Wire.Instance("b")]), Wire.Sync(6));
        Assert.Contains(" + ", await run.Out.NextAsync(), StringComparison.Ordinal);
    }

    private static Task FirstStateAsync(ScriptedStream stream) => stream.SendAsync(
        Wire.Subscribed(1), Wire.Mapping("x", 5, "orders:b1"), Wire.Instances("orders", 5, Wire.Instance("a")), Wire.Sync(5));

    private static string Timeless(string line) => Time().Replace(line, "T");

    private CliRun Start(params string[] arguments) => CliRun.Start([.. arguments, "--server", _server.Address.ToString()]);

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")]
    private static partial Regex Time();
}
