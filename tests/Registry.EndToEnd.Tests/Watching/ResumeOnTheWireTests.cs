using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>
/// Going on after the TCP connection was cut in the middle of the network, counted message by message as they come over the wire.
/// </summary>
public sealed class ResumeOnTheWireTests : WatchServerTest
{
    private const string Key = "x.Key";
    private const int Instances = 64;

    private static readonly Topic[] Held = [Follower.Interface(Key), Follower.Application("orders")];

    // Room for some hundred steps of the kind that is made here.
    protected override IReadOnlyDictionary<string, string?> Options =>
        new Dictionary<string, string?> { ["Watching:WindowBytes"] = "60000" };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(Instances - 1)]
    public async Task WithinTheWindow_ExactlyTheMissingDeltasAreSent_AndNoSnapshot(int changes)
    {
        var (lease, before) = await CutAfterTheFirstAnswerAsync();
        var missed = new List<long>();
        for (var i = 0; i < changes; i++)
            missed.Add(await ChangeAsync(lease, "orders", i));

        var resumed = await ResumeAsync(before);

        Assert.Equal(missed, resumed.DeltasOf("orders"));
        Assert.Equal(
            [
                WatchResponse.KindOneofCase.Subscribed,
                .. Enumerable.Repeat(WatchResponse.KindOneofCase.Application, changes),
                WatchResponse.KindOneofCase.Sync,
            ],
            resumed.Messages.Select(m => m.KindCase));
        Assert.Equal((0, 1), (resumed.Snapshots, resumed.Syncs));
        AssertEachStepIsItsOwnChange(resumed, before.Revision);
        await resumed.Connection.DisposeAsync();
    }

    [Theory]
    [InlineData(20, 2, 0)]
    [InlineData(800, 0, 1)]
    public async Task BeyondTheWindow_OneSnapshotIsSent_AndNoDelta(int changesOfAnother, int deltas, int snapshots)
    {
        // Two changes, of many instances: few enough for deltas. What pushes them out of the window are the changes of another topic.
        var (lease, before) = await CutAfterTheFirstAnswerAsync();
        await using var other = Follower.Open(Discovery, Follower.Application("other"));
        await ChangeAsync(lease, "orders", 1);
        await ChangeAsync(lease, "orders", 2);
        for (var i = 0; i < changesOfAnother; i++)
            await ChangeAsync(lease, "other", i);

        var resumed = await ResumeAsync(before);

        Assert.Equal((deltas, snapshots), (resumed.DeltasOf("orders").Count(), resumed.Snapshots));
        Assert.Equal(2 + deltas + snapshots, resumed.Messages.Count);
        if (snapshots > 0)
            Assert.Equal(Instances, Whole(resumed, "orders").Instances.Count);
        await resumed.Connection.DisposeAsync();
    }

    [Fact]
    public async Task UnknownEpoch_EveryTopicIsSentAsOneSnapshot_AndWhatIsNotFollowedIsDropped()
    {
        var (lease, before) = await CutAfterTheFirstAnswerAsync();
        await ChangeAsync(lease, "orders", 1);
        var token = new ResumeToken { Epoch = new string('0', before.Token.Epoch.Length), Revision = before.Token.Revision };

        var resumed = await ResumeAsync(before, token, Follower.Application("long-gone"));

        Assert.Equal(2, resumed.Snapshots);
        Assert.Empty(resumed.DeltasOf("orders"));
        var mapping = Assert.Single(resumed.Messages, m => m.KindCase == WatchResponse.KindOneofCase.Interface).Interface;
        Assert.Equal("orders", mapping.Applications.Single().Application);
        Assert.Equal(Instances, Whole(resumed, "orders").Instances.Count);
        var dropped = Assert.Single(resumed.Messages, m => m.KindCase == WatchResponse.KindOneofCase.Dropped).Dropped;
        Assert.Equal(Follower.Application("long-gone"), dropped.Topic);
        Assert.Equal(before.Sync!.Epoch, resumed.Sync!.Epoch);
        Assert.Equal(5, resumed.Messages.Count);
        await resumed.Connection.DisposeAsync();
    }

    [Fact]
    public async Task AbsentTopic_IsSentAsAnEmptySnapshot_NeverSilence()
    {
        // One that went meanwhile, one that was absent before, and one that nobody held or knew.
        var lease = await GrantAsync();
        await RegisterAsync(lease, "passing", "a");
        await using var relay = Relay.To(Host.GrpcAddress);
        var before = await OpenAndCutAsync(relay, Follower.Application("passing"), Follower.Application("absent"));
        await Registration.DeregisterAsync(new DeregisterRequest { Application = "passing", Instances = { new InstanceRef { Id = "a" } } });

        string[] names = ["passing", "absent", "unheard-of"];
        var open = new Open { Token = before.Token, Held = { Follower.Application("passing"), Follower.Application("absent") } };
        foreach (var name in names)
            open.Subscriptions.Add(Follower.SubscribeTo((ulong)open.Subscriptions.Count + 1, Follower.Application(name)));
        var resumed = await RawWatch.OpenAsync(await RawConnection.ConnectAsync(relay.Address), open);
        await resumed.ReachesAsync(await RevisionAsync(), "resume");

        Assert.Equal(3, resumed.Snapshots);
        Assert.All(names, name => Assert.True(Whole(resumed, name) is { Absent: true, Instances.Count: 0 }, name));
        Assert.Equal(3 + 3 + 1, resumed.Messages.Count);
        await resumed.Connection.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task FutureRevision_IsOutOfRange_NothingIsSent_AndWithoutATokenItWorks(long ahead)
    {
        var (_, before) = await CutAfterTheFirstAnswerAsync();
        var token = new ResumeToken { Epoch = before.Token.Epoch, Revision = await RevisionAsync() + ahead };
        await using var connection = await RawConnection.ConnectAsync(Host.GrpcAddress);

        var refused = await RawWatch.OpenAsync(connection, OpenWith(token));
        await refused.Call.EndAsync();

        refused.Take();
        Assert.Empty(refused.Messages);
        Assert.Equal((StatusCode.OutOfRange, "REVISION_IN_FUTURE"), (refused.Call.GrpcStatus, refused.Call["registry-reason"]));

        var anew = await RawWatch.OpenAsync(connection, new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Interface(Key)) } });
        await anew.ReachesAsync(await RevisionAsync(), "without a token");
        Assert.Equal(2, anew.Snapshots);
    }

    // The client's own end and the server's are both reset: nobody says farewell.
    private async Task<(ByteString Lease, RawWatch Before)> CutAfterTheFirstAnswerAsync()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "orders", Instances, 0, "", Key);
        await using var relay = Relay.To(Host.GrpcAddress);
        return (lease, await OpenAndCutAsync(relay, Held[0]));
    }

    private async Task<RawWatch> OpenAndCutAsync(Relay relay, params Topic[] topics)
    {
        var open = new Open();
        foreach (var topic in topics)
            open.Subscriptions.Add(Follower.SubscribeTo((ulong)open.Subscriptions.Count + 1, topic));
        var watch = await RawWatch.OpenAsync(await RawConnection.ConnectAsync(relay.Address), open);
        await watch.ReachesAsync(await RevisionAsync(), "first answer");
        Assert.Equal(2, watch.Snapshots);
        await relay.CutUntilEndAsync(watch.Connection.Closed, "cut");
        await WatchesBecomeAsync("streams", 0);
        await watch.Connection.DisposeAsync();
        return watch;
    }

    private async Task<RawWatch> ResumeAsync(RawWatch before, ResumeToken? token = null, params Topic[] more)
    {
        var open = OpenWith(token ?? before.Token);
        open.Held.Add(more);
        var resumed = await RawWatch.OpenAsync(await RawConnection.ConnectAsync(Host.GrpcAddress), open);
        await resumed.ReachesAsync(await RevisionAsync(), "resume");
        return resumed;
    }

    private static Open OpenWith(ResumeToken token) =>
        new() { Token = token, Held = { Held }, Subscriptions = { Follower.SubscribeTo(1, Follower.Interface(Key)) } };

    private async Task<long> ChangeAsync(ByteString lease, string application, int i)
    {
        var registered = await Registration.RegisterAsync(new RegisterRequest
        {
            Application = application,
            LeaseId = lease,
            Instances = { Declare.Instance($"i-{i % Instances:00000}", port: 9_000 + (uint)i) },
            Builds = { Declare.Build(application == "orders" ? Key : "x.Other") },
        });
        return registered.Revision;
    }

    private static void AssertEachStepIsItsOwnChange(RawWatch resumed, long from)
    {
        foreach (var step in resumed.Messages.Where(m => m.KindCase == WatchResponse.KindOneofCase.Application).Select(m => m.Application))
        {
            Assert.Equal((from, 1, 0), (step.From, step.Instances.Count, step.RemovedInstances.Count));
            Assert.Equal(step.To, step.Instances[0].Revision);
            from = step.To;
        }
    }

    private static ApplicationTopic Whole(RawWatch watch, string application) => Assert.Single(
        watch.Messages.Where(m => m.KindCase == WatchResponse.KindOneofCase.Application).Select(m => m.Application),
        a => a.Application == application && a.Kind == TopicMessageKind.Snapshot);
}
