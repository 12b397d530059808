using System.Net;
using System.Net.Sockets;
using Registry.LoadTests.Running;
using Registry.LoadTests.Scenarios;
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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> AllScenarios => [.. ScenarioCatalog.All.Select(entry => entry.Name)];

    // Its death is what the other one is about.
    public static TheoryData<string> AllThatKillNobody => [.. ScenarioCatalog.All
        .Where(entry => !entry.NeedsOwnServer).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(AllThatKillNobody))]
    public async Task ServerThatDiesUnderLoad_IsARowThatSaysSo(string scenario)
    {
        await using var server = await StartAsync(scenario);
        var running = await BeginAsync(scenario, server);
        server.Kill();
        var row = await EndsAsync(running);
        Assert.Contains("137", row.Death, StringComparison.Ordinal);
        Assert.Null(row.Audit);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Fact]
    public async Task ServerThatGoesAwayUnderLoad_HasDied_AndIsNotHung()
    {
        await using var server = await StartAsync(FanOut.Name);
        var running = await BeginAsync(FanOut.Name, server);
        server.Terminate();
        var row = await EndsAsync(running, ServerUnderLoad.StopPatience + Patience);
        Assert.StartsWith("went away by itself, exit code 0", row.Death, StringComparison.Ordinal);
        Assert.Null(row.Hang);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Theory]
    [MemberData(nameof(AllScenarios))]
    public async Task ServerThatIsNotThere_IsCountedAsThat(string scenario)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nowhere = new Uri($"http://{socket.LocalEndPoint}");
        await using var server = await ServerUnderLoad.ConnectAsync(nowhere, nowhere);
        var row = await EndsAsync(New(scenario, server).RunAsync(default));
        Assert.Equal("ConnectionRefused", Assert.Single(row.Outcomes.FailedByKind).Key);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Fact]
    public async Task Refusals_AreCountedByTheirStatus()
    {
        await using var server = await ServerUnderLoad.StartAsync(ServerKind.Registry, "--set", "Leases:MaxLeases=10");
        var row = await EndsAsync(New(Profile.NewClient, server).RunAsync(default));
        Assert.True(row.Outcomes.FailedByKind["Refused ResourceExhausted"] > 0);
        Assert.True(row.Outcomes.Ok > 0);
        Assert.Equal(row.Outcomes.Begun, row.Outcomes.Ok + row.Outcomes.Failed);
        Assert.Null(row.Death);
        Assert.Equal(ExitCode.Failed, Verdict.Of([row], new Minimum(1, 0, 0)).Code);
    }

    [Theory]
    [MemberData(nameof(AllScenarios))]
    public async Task Interruption_EndsARunWithoutARow(string scenario)
    {
        using var interruption = new CancellationTokenSource();
        await using var server = await StartAsync(scenario);
        var running = await BeginAsync(scenario, server, interruption.Token);
        await interruption.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EndsAsync(running));
    }

    private static Task<ServerUnderLoad> StartAsync(string scenario) =>
        ServerUnderLoad.StartAsync(ServerKind.Registry, ScenarioCatalog.Find(scenario)!.ServerArguments);

    private static ScenarioRun New(string scenario, ServerUnderLoad server)
    {
        var entry = ScenarioCatalog.Find(scenario)!;
        return entry.Create(server, entry.Clients[0], Little);
    }

    // A run whose load has begun. Wrapped: who waits for this does not wait for the run.
    private static async Task<Running> BeginAsync(string scenario, ServerUnderLoad server, CancellationToken interrupted = default)
    {
        var run = New(scenario, server);
        var row = run.RunAsync(interrupted);
        await Within.DeadlineAsync(Task.WhenAny(run.Begun, row), "the run", "its first attempt");
        Assert.True(run.Begun.IsCompleted, "the run ended before its first attempt");
        return new Running(row);
    }

    private static Task<RowResult> EndsAsync(Running running, TimeSpan? deadline = null) => EndsAsync(running.Row, deadline);

    private static Task<RowResult> EndsAsync(Task<RowResult> row, TimeSpan? deadline = null) =>
        Within.DeadlineAsync(row, "the run", "an end", deadline: deadline ?? Patience);

    private sealed record Running(Task<RowResult> Row);
}
