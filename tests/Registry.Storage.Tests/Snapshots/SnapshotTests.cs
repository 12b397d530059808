using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;
using Registry.Storage.Tests.Logs;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit;
using Registry.TestKit.Audits;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;
using Registry.TestKit.Watching;

namespace Registry.Storage.Tests.Snapshots;

/// <summary>State snapshots: the log is cut behind them, and a start from one and what is left of the log finds the same registry.</summary>
public sealed class SnapshotTests(ITestOutputHelper output)
{
    private const int Runs = 10;

    private static readonly LogOptions SmallSegments = new() { SegmentBytes = 1_500, AllocationBytes = 0 };

    [Fact]
    public async Task EveryPowerCut_AlsoWhileSnapshotsAreTakenUnderWrites_LeavesTheRegistryAsItStoodAtOneRevision()
    {
        var first = Random.Shared.Next(int.MaxValue / 2);
        int images = 0, snapshots = 0, fromSnapshots = 0;
        for (var seed = first; seed < first + Runs; seed++)
        {
            var random = new Random(seed);
            var disk = new SimulatedDisk();
            for (var life = 0; life < 3; life++)
            {
                disk.Operated = null;
                using var live = Open(disk, SmallSegments);
                var registry = live.Registry;
                var lease = await GrantAsync(registry);
                var states = new Dictionary<long, IReadOnlyList<string>>();
                Exception? violation = null;
                Note();
                disk.Operated = _ => Cut();
                for (var step = 0; step < 40; step++)
                {
                    Change();
                    if (random.Next(3) > 0)
                        RunOnce();
                    if (random.Next(8) > 0)
                        continue;

                    // Between one application and the next, others write.
                    snapshots += new SnapshotWriter(live.Device, live.Log, new DrivenClock()).Run(registry, Durable, () =>
                    {
                        Change();
                        return random.Next(20) == 0;
                    }) > 0 ? 1 : 0;
                    Cut();
                    Assert.True(violation is null, $"seed {seed}: {violation}");
                }

                disk.Operated = null;
                disk = random.Next(2) == 0 ? disk.Copy() : disk.CutPower(random);

                void Note() => states[registry.Revision] = Describe(registry);

                void Change()
                {
                    Do(registry, random, lease);
                    Note();
                }

                // What is not as it should be is noticed in the middle of it, and the log takes that for its own failure.
                void RunOnce()
                {
                    live.Log.RunOnce();
                    Assert.True(violation is null, $"seed {seed}: {violation}");
                }

                bool Durable(long revision)
                {
                    while (live.Log.DurableRevision < revision)
                        RunOnce();
                    return true;
                }

                void Cut() => violation ??= Record.Exception(Look);

                void Look()
                {
                    images++;
                    using var found = Open(disk.CutPower(random), new LogOptions());
                    var revision = found.Registry.Revision;
                    fromSnapshots += found.Log.History.Floor > 0 ? 1 : 0;
                    Assert.True(revision >= live.Log.DurableRevision, $"seed {seed}: {live.Log.DurableRevision} was acknowledged, {revision} found");
                    Assert.True(
                        states[revision].SequenceEqual(Describe(found.Registry)),
                        $"seed {seed}: at {revision}: {string.Join(Environment.NewLine, Describe(found.Registry).Except(states[revision]))} instead of {string.Join(Environment.NewLine, states[revision].Except(Describe(found.Registry)))}");
                    Assert.Empty(RegistryAudit.Check(found.Registry));
                }
            }
        }

        output.WriteLine($"proof: power cuts around {snapshots} state snapshots: {images}, of which {fromSnapshots} started from one, seeds from {first}; other than at a revision: 0");
        Assert.True(snapshots > Runs && fromSnapshots > Runs, "the runs did not get far enough to show anything");
    }

    [Fact]
    public async Task Log_IsCut_AndAStartReadsLittle()
    {
        var disk = new SimulatedDisk();
        string epoch;
        using (var live = Open(disk, SmallSegments))
        {
            epoch = live.Registry.Epoch;
            var lease = await GrantAsync(live.Registry);
            for (var i = 0; i < 200; i++)
            {
                Start(live.Registry, new RegisterCommand(Given.Name($"app{i % 3}"), "", lease, [Given.Instance("a", 1 + i)], [Given.Build("x.Y")]));
                live.Log.RunOnce();
            }

            Assert.True(disk.Names.Count() > 20);
            Assert.True(live.TakeSnapshot(_ => true));
            Assert.Equal(["00000000000000000200.state"], disk.Names.Where(SnapshotName.Matches));
            Assert.Equal(2, disk.Names.Count());
            Assert.False(live.TakeSnapshot(_ => true), "nothing has changed since");
        }

        using var again = Open(disk, SmallSegments);
        Assert.Equal((200, 0), (again.Recovery.Revision, again.Recovery.Changes));
        Assert.Equal(epoch, Assert.Single(again.Log.History.Ancestors).Epoch);
        Assert.Equal(200, again.Log.History.Ancestors[0].LastRevision);
    }

    [Fact]
    public async Task SnapshotAtTheEndOfAFullSegment_KeepsTheSegmentInWhichTheNextEpochStarts()
    {
        var disk = new SimulatedDisk();
        using (var live = Open(disk, SmallSegments))
        {
            var lease = await GrantAsync(live.Registry);
            for (var i = 0; disk[SegmentName.Of(1)].Current.Length < SmallSegments.SegmentBytes; i++)
            {
                Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a", 1 + i)], []));
                live.Log.RunOnce();
            }

            // Nothing is cut: there is one segment.
            Assert.True(live.TakeSnapshot(_ => true));
        }

        Assert.Equal(SegmentName.Of(1), Assert.Single(disk.Names, name => !SnapshotName.Matches(name)));
        using (var next = Open(disk, SmallSegments))
        {
            // Its start is in the segment that the snapshot covers, and its first change begins another one.
            Start(next.Registry, new RegisterCommand(Given.Name("payments"), "", await GrantAsync(next.Registry), [Given.Instance("a")], []));
            next.Log.RunOnce();
        }

        for (var start = 0; start < 2; start++)
        {
            using var again = Open(disk, SmallSegments);
            Assert.Equal(2, again.Registry.Applications.ReadAll().Count());
            Assert.Equal(2 + start, again.Log.History.Ancestors.Length);
        }
    }

    [Fact]
    public async Task Token_FromBeforeTheSnapshot_GetsSnapshots_AndOneFromItsEndGoesOn()
    {
        var disk = new SimulatedDisk();
        string epoch;
        using (var live = Open(disk, SmallSegments))
        {
            epoch = live.Registry.Epoch;
            var lease = await GrantAsync(live.Registry);
            foreach (var id in new[] { "a", "b" })
            {
                Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance(id)], []));
                live.Log.RunOnce();
            }

            Assert.True(live.TakeSnapshot(_ => true));
        }

        // And through a second start, for which the log names neither.
        Open(disk, SmallSegments).Dispose();
        using var again = Open(disk, SmallSegments);
        Assert.Single(Resume(1));
        Assert.Empty(Resume(2));

        IEnumerable<TopicMessage> Resume(long revision)
        {
            var topic = Topic.OfApplication(Given.Name("orders"));
            var sink = new RecordingSink();
            sink.Open(again.Registry, new WatchOpening { Epoch = epoch, Revision = revision, Held = [topic], Subscriptions = [(1, topic)] });
            Assert.Null(sink.Abortion);
            return [.. sink.Take().SelectMany(batch => batch.Items).Select(item => item.Message).OfType<TopicMessage>()];
        }
    }

    [Fact]
    public async Task SnapshotThatIsDamaged_AfterTheLogWasCut_StopsTheStart()
    {
        var disk = new SimulatedDisk();
        await WriteAsync(disk);
        var name = Assert.Single(disk.Names, SnapshotName.Matches);
        disk[name].Write([(byte)(disk[name].Current[100] ^ 1)], 100);

        Assert.Contains("is missing", Assert.Throws<UnusableStorageException>(() => Open(disk, SmallSegments)).Message, StringComparison.Ordinal);
        Assert.Contains(name, disk.Names);
    }

    [Fact]
    public async Task Snapshot_IsTakenByItself_WhenItIsDue()
    {
        using var directory = new TemporaryDirectory();
        var clock = new DrivenClock();
        var options = new LogOptions { SnapshotInterval = TimeSpan.FromMinutes(5) };
        using var live = DurableRegistry.Open(DiskDevice.OpenDirectory(directory.Path), new RegistryOptions(), options, clock, Pump);
        Assert.Null((await RegisterAsync(live.Registry, await GrantAsync(live.Registry))).Refusal);
        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, live.SnapshotsTaken);

        clock.Advance(TimeSpan.FromSeconds(1));
        await Within.BecomesAsync("a snapshot", 1L, () => live.SnapshotsTaken);
        Assert.Single(Directory.EnumerateFiles(directory.Path, "*.state"));
    }

    [Fact]
    public async Task SnapshotThatCannotBeReadBack_IsNone_AndTheLogStays()
    {
        var disk = new SimulatedDisk();
        using var live = Open(disk, SmallSegments);
        var lease = await GrantAsync(live.Registry);
        for (var port = 1; port <= 50; port++)
            Register(live, lease, port);
        var before = disk.Names.ToArray();

        // A bit turns between the server's memory and the disk.
        disk.Operated = what =>
        {
            var name = disk.Names.FirstOrDefault(SnapshotName.Matches);
            if (name is not null && what.StartsWith("sync 0", StringComparison.Ordinal))
                disk[name].Write([(byte)(disk[name].Current[100] ^ 1)], 100);
        };
        Assert.False(live.TakeSnapshot(_ => true));
        Assert.Contains("can't be read back", live.SnapshotFailure!.Message, StringComparison.Ordinal);
        Assert.Equal(before, disk.Names);
    }

    [Fact]
    public async Task Reading_CanBeEnded_AndSaysHowFarItIs()
    {
        var disk = new SimulatedDisk();
        await WriteAsync(disk);
        var before = disk.Names.ToDictionary(name => name, name => disk[name].Current);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.ThrowsAny<OperationCanceledException>(() => Open(disk, SmallSegments, new RecoveryProgress(stop.Token)));
        Assert.Equal(before, disk.Names.ToDictionary(name => name, name => disk[name].Current));

        var progress = new RecoveryProgress();
        Open(disk, SmallSegments, progress).Dispose();
        Assert.True(progress.TotalBytes > 1_000);
        Assert.InRange(progress.ReadBytes, progress.TotalBytes / 2, progress.TotalBytes);
    }

    [Fact]
    public async Task FullDisk_LeavesNoHalfSnapshot_AndTheLogAsItWas()
    {
        var disk = new SimulatedDisk();
        using var live = Open(disk, SmallSegments);
        var lease = await GrantAsync(live.Registry);
        for (var i = 0; i < 50; i++)
        {
            Start(live.Registry, new RegisterCommand(Given.Name($"app{i}"), "", lease, [Given.Instance("a")], []));
            live.Log.RunOnce();
        }

        var before = disk.Names.ToArray();
        disk.Room = 700;
        Assert.False(live.TakeSnapshot(_ => true));
        Assert.IsType<DiskFullException>(live.SnapshotFailure);
        Assert.Equal(before, disk.Names);

        disk.Room = -1;
        Assert.True(live.TakeSnapshot(_ => true));
        Assert.Null(live.SnapshotFailure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DiskThatFailsWhileTheLogIsCut_KeepsTheSnapshot(bool isForbidden)
    {
        var disk = new SimulatedDisk();
        IReadOnlyList<string> state;
        using (var live = Open(disk, SmallSegments))
        {
            var lease = await GrantAsync(live.Registry);
            for (var i = 0; i < 50; i++)
            {
                Start(live.Registry, new RegisterCommand(Given.Name($"app{i}"), "", lease, [Given.Instance("a")], []));
                live.Log.RunOnce();
            }

            state = Describe(live.Registry);
            var segments = disk.Names.Count();
            Exception wrong = isForbidden ? new UnauthorizedAccessException("the disk is ill") : new IOException("the disk is ill");
            disk.Operated = what => _ = what.StartsWith("delete", StringComparison.Ordinal) ? throw wrong : what;
            Assert.False(live.TakeSnapshot(_ => true));
            Assert.Equal("the disk is ill", live.SnapshotFailure?.Message);
            disk.Operated = null;
            Assert.Single(disk.Names, SnapshotName.Matches);
            Assert.Equal(segments, disk.Names.Count());
        }

        using var again = Open(disk, SmallSegments);
        Assert.Equal(state, Describe(again.Registry));
    }

    [Fact]
    public async Task LogThatNeverBecomesDurable_MakesNoSnapshot()
    {
        var disk = new SimulatedDisk();
        using var live = Open(disk, SmallSegments);
        Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", await GrantAsync(live.Registry), [Given.Instance("a")], []));
        Assert.False(live.TakeSnapshot(_ => false));
        Assert.DoesNotContain(disk.Names, SnapshotName.Matches);
    }

    [Fact]
    public void Snapshots_WhileFourThreadsWriteToARealDisk_AreTheRegistry()
    {
        using var directory = new TemporaryDirectory();
        IReadOnlyList<string> state;
        var options = new LogOptions { SegmentBytes = 5_000, SnapshotLogBytes = long.MaxValue };
        using (var live = DurableRegistry.Open(DiskDevice.OpenDirectory(directory.Path), new RegistryOptions(), options, TimeProvider.System, Pump))
        {
            var writing = 4;
            StartingGate.Run(5, thread =>
            {
                if (thread == 0)
                {
                    do
                        live.TakeSnapshot(revision => SpinWait.SpinUntil(() => live.Log.DurableRevision >= revision, TimeSpan.FromSeconds(30)));
                    while (Volatile.Read(ref writing) > 0);
                    return;
                }

                var random = new Random(thread);
                var lease = new Core.Leases.Lease(LeaseId.NewRandom(), TimeSpan.FromHours(1), "", 0);
                live.Registry.Leases.AddRestored(lease);
                for (var i = 0; i < 300; i++)
                    Do(live.Registry, random, lease.Id);
                Interlocked.Decrement(ref writing);
            });
            Assert.Null(live.SnapshotFailure);
            state = Describe(live.Registry);
        }

        using var again = DurableRegistry.Open(DiskDevice.OpenDirectory(directory.Path), new RegistryOptions(), options, TimeProvider.System, Pump);
        Assert.Equal(state, Describe(again.Registry));
        Assert.Empty(RegistryAudit.Check(again.Registry));
        Assert.True(again.Log.History.Floor > 0);
    }

    [Fact]
    public async Task SnapshotThatIsDue_WhenManyLookAtOnce_IsTakenByOneThread()
    {
        for (var round = 0; round < 20; round++)
        {
            using var directory = new TemporaryDirectory();
            using var device = new HeldSnapshots(DiskDevice.OpenDirectory(directory.Path));
            using var live = DurableRegistry.Open(
                device, new RegistryOptions(), new LogOptions { SnapshotLogBytes = 1 }, new DrivenClock(), Pump);
            var lease = await GrantAsync(live.Registry);
            var done = await live.Registry.ExecuteAsync(
                new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], []), CancellationToken.None);
            Assert.Null(done.Refusal);

            // Nobody can be through before all have looked.
            var threads = new Thread?[8];
            StartingGate.Run(threads.Length, looker => threads[looker] = live.SnapshotIfDue());
            device.LetGo.Set();
            foreach (var thread in threads)
                thread?.Join();
            Assert.Single(threads, thread => thread is not null);
            Assert.Null(live.SnapshotFailure);
        }
    }

    private static void Register(DurableRegistry live, LeaseId lease, int port)
    {
        Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a", port)], []));
        live.Log.RunOnce();
    }

    private static async Task WriteAsync(SimulatedDisk disk)
    {
        using var live = Open(disk, SmallSegments);
        var lease = await GrantAsync(live.Registry);
        for (var i = 0; i < 50; i++)
        {
            Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a", 1 + i)], []));
            live.Log.RunOnce();
        }

        Assert.True(live.TakeSnapshot(_ => true));
    }

    private static DurableRegistry Open(SimulatedDisk disk, LogOptions options, RecoveryProgress? progress = null) =>
        DurableRegistry.Open(disk.Mount(), new RegistryOptions(), options, new DrivenClock(), item => item.Execute(), ownThread: false, progress);

    private static void Pump(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    // How old a mapping is, a state snapshot does not say.
    private static IReadOnlyList<string> Describe(ServiceRegistry registry) =>
        [.. TableDescription.Of(registry).Select(line => line.StartsWith("interface", StringComparison.Ordinal) ? line[..line.IndexOf('@', StringComparison.Ordinal)] + line[line.IndexOf(':', StringComparison.Ordinal)..] : line)];

    private static async Task<LeaseId> GrantAsync(ServiceRegistry registry) =>
        (await registry.GrantLeaseAsync(TimeSpan.FromHours(1), "", CancellationToken.None)).Id;

    private static Task<CommandOutcome> RegisterAsync(ServiceRegistry registry, LeaseId lease) =>
        registry.ExecuteAsync(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], []), CancellationToken.None).AsTask();

    // What it waits for is the log, and whether that answers is not what is looked at here.
    private static void Start(ServiceRegistry registry, Command command) => _ = registry.ExecuteAsync(command, CancellationToken.None).AsTask();

    private static void Do(ServiceRegistry registry, Random random, LeaseId lease)
    {
        var application = Given.Name($"app{random.Next(4)}");
        var id = $"i{random.Next(3)}";
        Start(registry, random.Next(5) switch
        {
            0 or 1 => new DeregisterCommand(application, "", [new InstanceRef(id, 0)], ownLease: null),
            2 => new WithdrawBuildsCommand(application, "", [Build($"x.I{random.Next(3)}")]),
            _ => new RegisterCommand(application, "", lease, [Given.Instance(id, random.Next(1, 9))], [Given.Build($"x.I{random.Next(3)}")]),
        });
    }

    private static string Build(string name) => Core.Instances.Build.Of([name]).Id;
}
