using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Registry.LoadTests.Running;
using Registry.TestKit;

namespace Registry.LoadTests.Tests.Running;

/// <summary>What is said of a server that is silent: dead with its last words, on its way out, or hung.</summary>
public sealed class WatchdogTests
{
    private const string Words = "exit code 1: the pump broke";

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private static HttpRequestException Refused => NoConnection(SocketError.ConnectionRefused);

    [Fact]
    public async Task ServerThatStopsListeningAndEnds_IsDead_WithItsLastWords()
    {
        var server = FakeServer.Failing(Refused);
        await using var watchdog = new Watchdog(server, patience: Short, leaving: Long);

        await GoneAsync(watchdog);
        var settling = watchdog.SettleAsync();
        Assert.Null(watchdog.Death);
        Assert.Null(watchdog.Hang);
        server.End(Words);
        await SettledAsync(settling);

        Assert.Equal(Words, watchdog.Death);
        Assert.Null(watchdog.Hang);
    }

    [Fact]
    public async Task ServerThatStopsListeningAndDoesNotEnd_IsGoingAway()
    {
        await using var watchdog = new Watchdog(FakeServer.Failing(Refused), patience: Long, leaving: Short);

        await SettledAsync(watchdog.SettleAsync());

        Assert.StartsWith("is going away, and has not ended", watchdog.Hang, StringComparison.Ordinal);
        Assert.Null(watchdog.Death);
    }

    [Fact]
    public async Task ServerThatEndsWhileItIsWatched_IsDead()
    {
        var server = new FakeServer(_ => Task.FromResult<JsonNode>(new JsonObject()));
        await using var watchdog = new Watchdog(server, patience: Long, leaving: Long);
        server.End(Words);

        await GoneAsync(watchdog);
        await SettledAsync(watchdog.SettleAsync());

        Assert.Equal(Words, watchdog.Death);
    }

    public static TheoryData<string> NoWayOut => ["an answer that it broke", "no port on this side", "nonsense"];

    [Theory]
    [MemberData(nameof(NoWayOut))]
    public async Task ServerThatIsNotWellAndListens_IsHung_AndNotGoingAway(string how)
    {
        Exception failure = how switch
        {
            "an answer that it broke" => new HttpRequestException(how, null, HttpStatusCode.InternalServerError),
            "no port on this side" => NoConnection(SocketError.AddressNotAvailable),
            _ => new System.Text.Json.JsonException(how),
        };
        await using var watchdog = new Watchdog(FakeServer.Failing(failure), patience: Short, leaving: Long);

        await SettledAsync(watchdog.SettleAsync());

        Assert.Equal($"GET /v1/status: {failure.Message}", watchdog.Hang);
    }

    [Fact]
    public async Task ServerOfSomebodyElse_ThatStopsListening_IsNotWaitedFor()
    {
        var server = new FakeServer(_ => Task.FromException<JsonNode>(Refused)) { IsOurs = false };
        await using var watchdog = new Watchdog(server, patience: Long, leaving: Long);

        await SettledAsync(watchdog.SettleAsync());

        Assert.Equal($"GET /v1/status: {Refused.Message}", watchdog.Hang);
    }

    [Fact]
    public async Task ServerThatSaysNothing_IsHung()
    {
        var server = new FakeServer(async cancellationToken =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return new JsonObject();
        });
        await using var watchdog = new Watchdog(server, patience: Short, leaving: Long);

        await SettledAsync(watchdog.SettleAsync());

        Assert.StartsWith("no answer to GET /v1/status", watchdog.Hang, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interruption_DoesNotWaitForAServerThatIsGoingAway()
    {
        using var interruption = new CancellationTokenSource();
        await using var watchdog = new Watchdog(FakeServer.Failing(Refused), patience: Long, leaving: Long);
        await GoneAsync(watchdog);

        var settling = watchdog.SettleAsync(interruption.Token);
        await interruption.CancelAsync();

        await SettledAsync(settling);
    }

    [Fact]
    public async Task AuditThatFails_IsHeldAgainstAServerThatIsThere_AndNotAgainstOneThatEnds()
    {
        var there = new FakeServer(_ => Task.FromResult<JsonNode>(new JsonObject()));
        var leaving = FakeServer.Failing(Refused);

        Assert.Equal(new Fate(null, "the audit failed"), await Fate.FindAsync(there, "the audit failed", Long, Long, default));
        var found = Fate.FindAsync(leaving, "the audit failed", Short, Long, default);
        leaving.End(Words);
        Assert.Equal(new Fate(Words, null), await Within.DeadlineAsync(found, "the end of a server that is audited", "its last words"));
    }

    private static HttpRequestException NoConnection(SocketError error) =>
        new(HttpRequestError.ConnectionError, $"{error}", new SocketException((int)error));

    private static Task GoneAsync(Watchdog watchdog)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watchdog.Gone.Register(gone.SetResult);
        return Within.DeadlineAsync(gone.Task, "a server that is silent", "the end of the load");
    }

    private static Task SettledAsync(Task settling) => Within.DeadlineAsync(settling, "a server that is silent", "a verdict");
}
