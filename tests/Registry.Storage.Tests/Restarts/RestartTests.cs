using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Storage.Tests.Logs;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit.Audits;
using Registry.TestKit.Core;
using Registry.TestKit.Time;
using Registry.TestKit.Watching;

namespace Registry.Storage.Tests.Restarts;

/// <summary>The registry and its log together: what a restart finds is the registry as it stood at one of its revisions.</summary>
public sealed class RestartTests(ITestOutputHelper output)
{
    private static int Runs => 10;

    [Fact]
    public async Task Registry_OnARealDisk_IsTheSameAfterARestart()
    {
        using var directory = new TemporaryDirectory();
        IReadOnlyList<string> state;
        long revision;
        LeaseId lease;
        using (var before = DurableRegistry.Open(directory.Path, new RegistryOptions(), new LogOptions(), TimeProvider.System))
        {
            before.Registry.Start();
            Assert.Equal((0, 0), (before.Recovery.Revision, before.Recovery.Changes));
            lease = (await before.Registry.GrantLeaseAsync(TimeSpan.FromMinutes(1), "", CancellationToken.None)).Id;
            for (var i = 0; i < 20; i++)
            {
                var command = new RegisterCommand(Given.Name($"app{i % 3}"), "", lease, [Given.Instance($"i{i}")], [Given.Build("x.Y", $"x.I{i % 4}")]);
                Assert.Null((await before.Registry.ExecuteAsync(command, CancellationToken.None)).Refusal);
            }

            (state, revision) = (TableDescription.Of(before.Registry), before.Registry.Revision);
        }

        using var after = DurableRegistry.Open(directory.Path, new RegistryOptions(), new LogOptions(), TimeProvider.System);
        Assert.Equal(state, TableDescription.Of(after.Registry));
        Assert.Equal((revision, revision, 20), (after.Registry.Revision, after.Recovery.Revision, after.Recovery.Changes));
        Assert.Empty(RegistryAudit.Check(after.Registry));
        Assert.Null(after.Registry.RenewLease(lease, "").Refusal);
    }

    [Fact]
    public async Task EveryPowerCut_LeavesTheRegistryAsItStoodAtOneRevision()
    {
        var first = Random.Shared.Next(int.MaxValue / 2);
        var images = 0;
        for (var seed = first; seed < first + Runs; seed++)
        {
            var random = new Random(seed);
            var disk = new SimulatedDisk();
            using var live = Open(disk, new LogOptions { SegmentBytes = 3_000 });
            var registry = live.Registry;
            var states = new Dictionary<long, IReadOnlyList<string>> { [0] = TableDescription.Of(registry) };
            var lease = await GrantAsync(registry);
            disk.Operated = _ => Cut();
            for (var step = 0; step < 60; step++)
            {
                lease = await DoAsync(registry, random, lease);
                states[registry.Revision] = TableDescription.Of(registry);
                if (random.Next(3) > 0)
                    live.Log.RunOnce();
                Cut();
            }

            disk.Operated = null;

            void Cut()
            {
                images++;
                using var found = Open(disk.CutPower(random), new LogOptions());
                var revision = found.Registry.Revision;
                Assert.True(revision >= live.Log.DurableRevision, $"seed {seed}: {live.Log.DurableRevision} was acknowledged, {revision} found");
                Assert.True(states[revision].SequenceEqual(TableDescription.Of(found.Registry)), $"seed {seed}: the state at {revision} differs");
                Assert.Empty(RegistryAudit.Check(found.Registry));
            }
        }

        output.WriteLine($"proof: registries restored after a power cut: {images}, seeds from {first}; other than at a revision: 0");
    }

    [Fact]
    public async Task Token_OfARevisionThatThePowerCutTook_GetsSnapshots_AndOneThatWasDurableGoesOn()
    {
        var disk = new SimulatedDisk();
        using var before = Open(disk, new LogOptions());
        var lease = await GrantAsync(before.Registry);
        Register(before.Registry, lease, "a");
        Assert.Equal(WriteResult.Written, before.Log.RunOnce());
        Register(before.Registry, lease, "b");
        Assert.Equal(2, before.Registry.Revision);

        // Nothing of the second was written.
        using var after = Open(disk.Copy(), new LogOptions());
        Assert.Equal(1, after.Registry.Revision);
        Assert.Empty(Resume(after, before.Registry.Epoch, revision: 1));
        Assert.Single(Resume(after, before.Registry.Epoch, revision: 2));

        // Nor does the number alone decide: the next change is above what was seen.
        Register(after.Registry, await GrantAsync(after.Registry), "c");
        Assert.True(after.Registry.Revision > 2);
        Assert.Single(Resume(after, before.Registry.Epoch, revision: 2));
    }

    [Fact]
    public async Task Renewal_IsAnsweredWhileTheDiskIsFull_AndAWriteIsRefused()
    {
        var disk = new SimulatedDisk();
        using var durable = Open(disk, new LogOptions());
        var lease = await GrantAsync(durable.Registry);
        Register(durable.Registry, lease, "a");
        disk.Room = 0;
        Assert.Equal(WriteResult.Full, durable.Log.RunOnce());

        Assert.Null(durable.Registry.RenewLease(lease, "").Refusal);
        Assert.Single(durable.Registry.ReadApplication(Given.Name("orders")).Instances);
        var refused = await durable.Registry.ExecuteAsync(
            new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("b")], []), CancellationToken.None);
        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.LogFull), (refused.Refusal!.Kind, refused.Refusal.Reason));
        disk.Room = -1;
    }

    [Fact]
    public async Task AnsweredWrite_AfterAFailedSync_IsARefusal_AndTheFailureIsTold()
    {
        var disk = new SimulatedDisk();
        using var durable = Open(disk, new LogOptions());
        var lease = await GrantAsync(durable.Registry);
        var waiting = durable.Registry.ExecuteAsync(
            new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], []), CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        disk.SyncFailure = new IOException("input/output error");
        Assert.Equal(WriteResult.Failed, durable.Log.RunOnce());

        Assert.Equal((ErrorKind.Unavailable, ErrorReasons.StorageFailed), ((await waiting).Refusal!.Kind, (await waiting).Refusal!.Reason));
        Assert.Equal("input/output error", (await durable.Failed).Message);
        Assert.Null(durable.Registry.RenewLease(lease, "").Refusal);
    }

    private static DurableRegistry Open(SimulatedDisk disk, LogOptions options) =>
        DurableRegistry.Open(disk.Mount(), new RegistryOptions(), options, new DrivenClock(), item => item.Execute(), ownThread: false);

    private static async Task<LeaseId> GrantAsync(ServiceRegistry registry) =>
        (await registry.GrantLeaseAsync(TimeSpan.FromHours(1), "", CancellationToken.None)).Id;

    // What it waits for is the log, and whether that answers is not what is looked at here.
    private static void Start(ServiceRegistry registry, Command command) => _ = registry.ExecuteAsync(command, CancellationToken.None).AsTask();

    private static void Register(ServiceRegistry registry, LeaseId lease, string id) =>
        Start(registry, new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance(id)], []));

    private static async Task<LeaseId> DoAsync(ServiceRegistry registry, Random random, LeaseId lease)
    {
        var application = Given.Name($"app{random.Next(3)}");
        switch (random.Next(5))
        {
            case 0:
                Start(registry, new DeregisterCommand(application, "", [new InstanceRef($"i{random.Next(4)}", 0)], ownLease: null));
                break;
            case 1:
                Start(registry, new DeclareBuildsCommand(application, "", [Given.Build($"x.I{random.Next(4)}", "x.Common")]));
                break;
            case 2:
                lease = await GrantAsync(registry);
                goto default;
            default:
                Start(registry, new RegisterCommand(application, "", lease, [Given.Instance($"i{random.Next(4)}", random.Next(1, 9))], [Given.Build($"x.I{random.Next(4)}")]));
                break;
        }

        return lease;
    }

    // The messages that a client gets that held the application at a token.
    private static IEnumerable<TopicMessage> Resume(DurableRegistry registry, string epoch, long revision)
    {
        var topic = Topic.OfApplication(Given.Name("orders"));
        var sink = new RecordingSink();
        sink.Open(registry.Registry, new WatchOpening { Epoch = epoch, Revision = revision, Held = [topic], Subscriptions = [(1, topic)] });
        Assert.Null(sink.Abortion);
        return [.. sink.Take().SelectMany(batch => batch.Items).Select(item => item.Message).OfType<TopicMessage>()];
    }
}
