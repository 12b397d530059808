using Google.Protobuf;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>Many clients of one key, each with a TCP connection of its own.</summary>
[Trait("Suite", "Guarantees")]
public sealed class ManyConnectionsTests(ITestOutputHelper output) : WatchServerTest
{
    private const int Clients = 500;
    private const string Key = "x.Key";

    // More than changes, so that who lags is told step by step.
    private static readonly int Instances = 40 * Effort.Times;
    private static readonly int Changes = 30 * Effort.Times;

    [Fact]
    public async Task FiveHundredClients_OnFiveHundredConnections_GetEveryUpdate_AndWhoLeavesTakesNothingFromTheOthers()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "orders", Instances, 0, "", Key);
        var history = await HistoryAsync();
        var first = history.Revision;

        var recorder = new WatchRecorder(TimeProvider.System);
        var watches = new RawWatch[Clients];
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            watches[i] = await RawWatch.OpenAsync(
                await RawConnection.ConnectAsync(Host.GrpcAddress),
                new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Interface(Key)) } },
                new WireWatch(recorder, $"client {i}")));
        await RawWatch.AllReachAsync(watches, first, "first answer");
        Assert.Equal(Clients, await WatchesAsync("streams"));

        // Nobody waits between two changes: whoever leaves does so while others are told.
        var stay = watches.ToList();
        for (var i = 0; i < Changes; i++)
        {
            await ChangeAsync(lease, i, history);
            if (i % 10 == 4)
                stay.Remove(await LeaveAsync(stay[i % stay.Count], i));
        }

        await RawWatch.AllReachAsync(stay, history.Revision, "every change");
        Assert.Equal(Changes, history.Revision - first);

        // Each change by itself, once, in order: the revisions have no gap, as nobody else writes.
        var every = Enumerable.Range(1, Changes).Select(i => first + i).ToArray();
        Assert.All(stay, watch => Assert.Equal(every, watch.DeltasOf("orders")));
        Assert.All(stay, watch => Assert.Equal(2, watch.Snapshots));
        await WatchesBecomeAsync("streams", stay.Count);

        var recording = recorder.Finish(history, isQuiet: true);
        var broken = WatchGuarantees.Check(recording);
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken));
        Assert.Equal(Clients, recording.Streams.Count);
        output.WriteLine(
            $"{Clients} connections, {Changes} changes, {Clients - stay.Count} left on the way; "
            + $"{recording.Streams.Sum(s => s.Batches.Count)} batches checked; promises broken: 0");
        foreach (var watch in watches)
            await watch.Connection.DisposeAsync();
    }

    private async Task ChangeAsync(ByteString lease, int i, CommittedHistory history)
    {
        await Registration.RegisterAsync(new RegisterRequest
        {
            Application = "orders",
            LeaseId = lease,
            Instances = { Declare.Instance($"i-{i % Instances:00000}", port: (uint)(i + 1)) },
            Builds = { Declare.Build(Key) },
        });
        Add(history, await ResolveAsync());
    }

    // In every way that there is: the connection is cut, the stream is reset, the connection is closed.
    private static async Task<RawWatch> LeaveAsync(RawWatch watch, int i)
    {
        watch.Leaves("leaves");
        switch (i / 10 % 3)
        {
            case 0:
                watch.Connection.Break();
                break;
            case 1:
                await watch.Call.ResetAsync();
                break;
            default:
                await watch.Connection.DisposeAsync();
                break;
        }

        return watch;
    }

    private async Task<CommittedHistory> HistoryAsync()
    {
        var read = await ResolveAsync();
        var history = new CommittedHistory(read.Sync.Epoch);
        Add(history, read);
        return history;
    }

    private static void Add(CommittedHistory history, ResolveResponse read) => history.Add(
        read.Sync.Revision,
        read.Interfaces.Select(WireWatch.Read).Concat(read.Applications.Select(WireWatch.Read)).ToDictionary(t => t.Topic, t => t.Content));

    private async Task<ResolveResponse> ResolveAsync() => await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { Key } });
}
