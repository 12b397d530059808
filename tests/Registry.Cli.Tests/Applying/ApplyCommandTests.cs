using System.Text.RegularExpressions;
using Grpc.Core;
using Registry.Cli.Tests.Running;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Applying;

/// <summary>What <c>apply</c> does with leases, refusals and servers that go away.</summary>
public sealed partial class ApplyCommandTests : IAsyncLifetime
{
    private const string Orders =
        """
        {"applications":[{"name":"orders","builds":{"v1":["orders.v1.Orders"]},"instances":[
          {"id":"b","endpoints":["grpc://10.0.0.2:1"]},{"id":"a","endpoints":["grpc://10.0.0.1:1"]}]}]}
        """;

    private const string OrdersAndBilling =
        """
        {"applications":[
          {"name":"orders","instances":[{"id":"a","endpoints":["grpc://10.0.0.1:1"]}]},
          {"name":"billing","instances":[{"id":"a","endpoints":["grpc://10.0.0.2:1"]}]}]}
        """;

    private readonly DrivenTimeProvider _time = new();
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task It_registers_holds_and_deregisters_when_told_to_stop()
    {
        await using var run = Start(Orders);
        Assert.Equal("applied orders: 2 instances, 1 build, revision 1", await run.Out.NextAsync());
        Assert.Equal("holding 2 instances of 1 application until SIGINT or SIGTERM", await run.Out.NextAsync());
        Assert.False(run.Exit.IsCompleted);

        await run.StopAsync();

        Assert.Equal(0, await run.ExitAsync());
        Assert.Equal("deregistered 1 instance of 1 application", await run.Out.NextAsync());
        Assert.Empty(run.Error.All);
        await _server.Registration.FirstAsync<RevokeLeaseRequest>();
    }

    [Fact]
    public async Task Each_application_has_a_lease_of_its_own()
    {
        await using var run = Start(OrdersAndBilling);
        await run.Out.NextAsync("holding 2 instances of 2 applications");

        var leases = new HashSet<string>();
        while (leases.Count < 2)
        {
            leases.Add((await _server.Registration.FirstAsync<RegisterRequest>()).LeaseId.ToBase64());
        }
    }

    [Fact]
    public async Task The_time_to_live_is_the_manifests()
    {
        await using var run = Start("""{"applications":[{"name":"a","leaseTtlSeconds":42,"instances":[{"id":"i","endpoints":["grpc://h:1"]}]}]}""");

        Assert.Equal(42_000, (await _server.Registration.NextAsync<GrantLeaseRequest>()).TtlMillis);
    }

    [Fact]
    public async Task An_application_without_instances_is_declared_and_needs_no_lease()
    {
        await using var run = Start("""{"applications":[{"name":"orders","builds":{"v1":["orders.v1.Orders"]}}]}""");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(["applied orders: 0 instances, 1 build, revision 1"], run.Out.All);
        Assert.Single((await _server.Registration.NextAsync<DeclareBuildsRequest>()).Builds);
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_once_and_waited_for()
    {
        _server.Registration.Script = call => throw Refusal.Of(StatusCode.Unavailable, "NOT_READY", "scripted");
        await using var run = Start(OrdersAndBilling);
        Assert.Equal("registry: UNAVAILABLE NOT_READY: scripted; trying again", await run.Error.NextAsync());
        for (var i = 0; i < 6; i++)
        {
            await _time.FireWithinAsync(TimeSpan.FromSeconds(3));
            await _server.Registration.NextAsync<GrantLeaseRequest>();
        }

        _server.Registration.Script = _ => null;
        while (run.Out.All.Count < 3)
        {
            // Whichever of the two still waits for its next attempt.
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal("registry: the server answers again", await run.Error.NextAsync());
        Assert.Equal(2, run.Error.All.Count);
    }

    [Fact]
    public async Task A_lease_that_the_server_forgot_is_replaced()
    {
        await using var run = Start(Orders);
        await run.Out.NextAsync("holding");
        _server.Registration.Script = call => call is RenewLeaseRequest ? throw Refusal.Of(StatusCode.NotFound, "LEASE_UNKNOWN", "") : null;
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("applied again orders: 2 instances, 1 build, revision 2", await run.Out.NextAsync());
        Assert.Empty(run.Error.All);
    }

    [Fact]
    public async Task What_another_process_takes_over_is_told_once_per_application_and_the_rest_is_held()
    {
        await using var run = Start(Orders);
        await run.Out.NextAsync("holding");
        _server.Registration.Script = call => call is RenewLeaseRequest ? Lost("a") : null;
        for (var i = 0; i < 3; i++)
        {
            await _time.ArmedAsync(TimeSpan.FromSeconds(5));
            _time.Advance(TimeSpan.FromSeconds(5));
            await _server.Registration.FirstAsync<RenewLeaseRequest>();
        }

        Assert.Equal("registry: orders: 1 instance was taken over by another process, not held any more", await run.Error.NextAsync());
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        Assert.Single(run.Error.All);
        Assert.False(run.Exit.IsCompleted);
    }

    [Fact]
    public async Task When_everything_is_taken_over_it_ends_with_exit_code_7()
    {
        await using var run = Start(Orders);
        await run.Out.NextAsync("holding");
        _server.Registration.Script = call => call is RenewLeaseRequest ? Lost("a", "b") : null;
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(7, await run.ExitAsync());

        Assert.Equal(
            ["registry: orders: 2 instances were taken over by another process, not held any more", "registry: nothing is left to hold"],
            run.Error.All);
    }

    [Fact]
    public async Task A_refused_value_is_reported_with_its_path_in_the_manifest()
    {
        // The instances go sorted by id, so the server's index is not the manifest's.
        _server.Registration.Script = call => call is RegisterRequest
            ? throw Refusal.Of(StatusCode.InvalidArgument, "INVALID_FIELD", "link-local", "instances[1].endpoints[0].host")
            : null;
        await using var run = Start(Orders);

        Assert.Equal(2, await run.ExitAsync());

        Assert.Equal(
            "registry: INVALID_ARGUMENT INVALID_FIELD: applications[0].instances[0].endpoints[0].host: link-local", Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task When_one_application_is_refused_what_was_registered_is_deregistered()
    {
        _server.Registration.Script = call => call is RegisterRequest { Application: "billing" }
            ? throw Refusal.Of(StatusCode.PermissionDenied, "OWNER_MISMATCH", "scripted")
            : null;
        await using var run = Start(OrdersAndBilling);

        Assert.Equal(5, await run.ExitAsync());

        Assert.Equal("registry: PERMISSION_DENIED OWNER_MISMATCH: applications[1]: scripted", Assert.Single(run.Error.All));
        await _server.Registration.FirstAsync<RevokeLeaseRequest>();
    }

    [Fact]
    public async Task A_server_that_can_not_be_told_at_the_end_is_exit_code_4()
    {
        await using var run = Start(Orders);
        await run.Out.NextAsync("holding");
        _server.Registration.Script = call => call is RevokeLeaseRequest ? throw Refusal.Of(StatusCode.Unavailable, "SHUTTING_DOWN", "scripted") : null;

        await run.StopAsync();

        Assert.Equal(4, await run.ExitAsync());
        Assert.Equal(
            "registry: 1 of 1 applications could not be deregistered and will run out by themselves: UNAVAILABLE SHUTTING_DOWN: scripted",
            Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task A_wrong_manifest_is_one_line_and_exit_code_2_before_anything_is_sent()
    {
        await using var run = Start("""{"applications":[{"name":"a","instances":[{"id":"i","wieght":1}]}]}""");

        Assert.Equal(2, await run.ExitAsync());

        Assert.StartsWith(
            "registry: stdin:1: applications[0].instances[0].wieght: unknown property", Assert.Single(run.Error.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_exit_code_2()
    {
        await using var run = CliRun.Start("apply", "/nonexistent/manifest.json");

        Assert.Equal(2, await run.ExitAsync());

        Assert.StartsWith("registry: /nonexistent/manifest.json: ", Assert.Single(run.Error.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_is_one_object_per_line()
    {
        await using var run = Start(Orders, "-o", "json");

        Assert.Equal(
            """{"time":"T","event":"applied","application":"orders","instances":2,"builds":1,"revision":1}""",
            Timeless(await run.Out.NextAsync()));
        Assert.Equal("""{"time":"T","event":"holding","applications":1,"instances":2}""", Timeless(await run.Out.NextAsync()));
        await run.StopAsync();
        Assert.Equal(0, await run.ExitAsync());
        Assert.Equal("""{"time":"T","event":"deregistered","applications":1,"instances":1}""", Timeless(await run.Out.NextAsync()));
    }

    private static RenewLeaseResponse Lost(params string[] ids)
    {
        var answer = new RenewLeaseResponse { TtlMillis = 15_000 };
        answer.Lost.AddRange(ids.Select(id => new LostInstance
        {
            Namespace = "default",
            Application = "orders",
            InstanceId = id,
            Incarnation = 1,
            Cause = LostInstance.Types.Cause.TakenOver,
        }));
        return answer;
    }

    private static string Timeless(string line) => Time().Replace(line, "T");

    private CliRun Start(string manifest, params string[] arguments) =>
        CliRun.Start(["apply", "-", "--server", _server.Address.ToString(), .. arguments], manifest, time: _time);

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")]
    private static partial Regex Time();
}
