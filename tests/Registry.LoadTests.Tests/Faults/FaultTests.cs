using System.Net;
using System.Net.Sockets;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.TestKit;

namespace Registry.LoadTests.Tests.Faults;

/// <summary>Whatever becomes of the server: the run ends, within a bound, with a row that says what it was.</summary>
[Collection(nameof(Alone))]
public sealed class FaultTests
{
    private static readonly LoadOptions Little = new()
    {
        Clients = 20,
        Duration = TimeSpan.FromSeconds(3),
        Interfaces = 5,
        Patience = TimeSpan.FromSeconds(5),
        HangAfter = TimeSpan.FromSeconds(3),
    };

    public static TheoryData<string> AllScenarios => [.. ScenarioCatalog.All.Select(entry => entry.Name)];

    // Its death is what the other one is about.
    public static TheoryData<string> AllThatKillNobody => [.. ScenarioCatalog.All
        .Where(entry => !entry.NeedsOwnServer).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(AllThatKillNobody))]
    public async Task A_server_that_dies_under_load_is_a_row_that_says_so(string scenario)
    {
        await using var server = await StartAsync(scenario);
        var running = RunAsync(scenario, server);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        server.Kill();
        var row = await EndsAsync(running);
        Assert.Contains("137", row.Death, StringComparison.Ordinal);
        Assert.Null(row.Audit);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Theory]
    [MemberData(nameof(AllScenarios))]
    public async Task A_server_that_is_not_there_is_counted_as_that(string scenario)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nowhere = new Uri($"http://{socket.LocalEndPoint}");
        await using var server = await ServerUnderLoad.ConnectAsync(nowhere, nowhere);
        var row = await EndsAsync(RunAsync(scenario, server));
        Assert.Equal("ConnectionRefused", Assert.Single(row.Outcomes.FailedByKind).Key);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Fact]
    public async Task Refusals_are_counted_by_their_status()
    {
        await using var server = await ServerUnderLoad.StartAsync(ServerKind.Registry, "--set", "Leases:MaxLeases=10");
        var row = await EndsAsync(RunAsync(Profile.NewClient, server));
        Assert.True(row.Outcomes.FailedByKind["Refused ResourceExhausted"] > 0);
        Assert.True(row.Outcomes.Ok > 0);
        Assert.Equal(row.Outcomes.Begun, row.Outcomes.Ok + row.Outcomes.Failed);
        Assert.Null(row.Death);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Theory]
    [MemberData(nameof(AllScenarios))]
    public async Task An_interruption_ends_a_run_without_a_row(string scenario)
    {
        using var interruption = new CancellationTokenSource();
        await using var server = await StartAsync(scenario);
        var running = RunAsync(scenario, server, interruption.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        await interruption.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EndsAsync(running));
    }

    private static Task<ServerUnderLoad> StartAsync(string scenario) =>
        ServerUnderLoad.StartAsync(ServerKind.Registry, ScenarioCatalog.Find(scenario)!.ServerArguments);

    private static Task<RowResult> RunAsync(string scenario, ServerUnderLoad server, CancellationToken interrupted = default)
    {
        var entry = ScenarioCatalog.Find(scenario)!;
        return entry.Create(server, entry.Clients[0], Little).RunAsync(interrupted);
    }

    private static Task<RowResult> EndsAsync(Task<RowResult> running) =>
        Within.DeadlineAsync(running, "the run", "an end", deadline: TimeSpan.FromSeconds(30));
}
