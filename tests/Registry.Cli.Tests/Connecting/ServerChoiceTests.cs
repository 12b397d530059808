using Grpc.Core;
using Registry.Cli.Tests.Running;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Connecting;

/// <summary>Of several addresses the first that answers is used.</summary>
public sealed class ServerChoiceTests : IAsyncLifetime
{
    // Port 1 of loopback: nothing listens there.
    private const string Nobody = "127.0.0.1:1";

    private readonly DrivenTimeProvider _time = new();
    private FakeServer _first = null!;
    private FakeServer _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await FakeServer.StartAsync();
        _second = await FakeServer.StartAsync();
        _first.Discovery.OnListApplications = _ => One("first");
        _second.Discovery.OnListApplications = _ => One("second");
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task The_first_address_that_answers_is_used()
    {
        Assert.Equal("first", await ListAsync($"{_first.Address},{_second.Address}"));
        Assert.Equal("second", await ListAsync($"{Nobody}, {_second.Address}, {_first.Address}"));
    }

    [Fact]
    public async Task A_server_that_is_not_ready_is_passed_over_and_one_that_refuses_is_not()
    {
        _first.Discovery.OnListInterfaces = _ => throw Refusal.Of(StatusCode.Unavailable, "SHUTTING_DOWN", "scripted");
        Assert.Equal("second", await ListAsync($"{_first.Address},{_second.Address}"));

        _first.Discovery.OnListInterfaces = _ => throw Refusal.Of(StatusCode.PermissionDenied, "OWNER_MISMATCH", "scripted");
        Assert.Equal("first", await ListAsync($"{_first.Address},{_second.Address}"));
    }

    [Fact]
    public async Task None_that_answers_is_one_line_with_all_of_them_and_exit_code_4()
    {
        await using var run = CliRun.Start("list", "applications", "--server", $"{Nobody},127.0.0.1:2");

        Assert.Equal(4, await run.ExitAsync());

        Assert.Equal(
            "registry: UNAVAILABLE: no server answers: http://127.0.0.1:1 (Connection refused), http://127.0.0.1:2 (Connection refused)",
            Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task Apply_goes_round_until_one_answers_and_says_so_once()
    {
        var asked = new SemaphoreSlim(0);
        _second.Discovery.OnListInterfaces = _ =>
        {
            asked.Release();
            throw Refusal.Of(StatusCode.Unavailable, "NOT_READY", "scripted");
        };
        await using var run = CliRun.Start(
            ["apply", "-", "--server", $"{Nobody},{_second.Address}"],
            """{"applications":[{"name":"orders","instances":[{"id":"a","endpoints":["grpc://10.0.0.1:1"]}]}]}""",
            time: _time);
        Assert.Equal(
            $"registry: UNAVAILABLE: no server answers: http://127.0.0.1:1 (Connection refused), {_second.Address} (scripted); trying again", await run.Error.NextAsync());
        await _time.FireWithinAsync(TimeSpan.FromSeconds(1));
        for (var round = 0; round < 2; round++)
        {
            Assert.True(await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }

        _second.Discovery.OnListInterfaces = _ => new ListInterfacesResponse();
        await _time.FireWithinAsync(TimeSpan.FromSeconds(1));

        await run.Out.NextAsync("holding 1 instance");
        Assert.Single(run.Error.All);
    }

    private static async Task<string> ListAsync(string servers)
    {
        await using var run = CliRun.Start("list", "applications", "--server", servers);
        Assert.Equal(0, await run.ExitAsync());
        return run.Out.All[1].Split(' ')[0];
    }

    private static ListApplicationsResponse One(string name) =>
        new() { Applications = { new ListApplicationsResponse.Types.Item { Name = name, Instances = 1 } } };
}
