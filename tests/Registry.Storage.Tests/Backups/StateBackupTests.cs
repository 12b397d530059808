using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Restoring;
using Registry.Storage.Backups;
using Registry.Storage.Devices;
using Registry.Storage.Recovery;
using Registry.Storage.Tests.Logs;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;

namespace Registry.Storage.Tests.Backups;

/// <summary>A backup is the registry at its revision, whatever goes on meanwhile.</summary>
public sealed class StateBackupTests
{
    private const int Rounds = 5;
    private const int Backups = 10;

    // Seen to fail with an image that is the walk over the tables alone.
    [Fact]
    public void Backups_WhileFourThreadsWrite_AreWhatTheLogSaysAtTheirRevision()
    {
        for (var round = 0; round < Rounds; round++)
        {
            using var directory = new TemporaryDirectory();
            var backups = new List<byte[]>();
            using (var live = DurableRegistry.Open(directory.Path, new RegistryOptions(), new LogOptions(), TimeProvider.System))
            {
                // They write until there are enough backups, each of another revision: so each was taken between two changes.
                var isOver = false;
                StartingGate.Run(5, thread =>
                {
                    if (thread == 0)
                    {
                        for (long last = 0; backups.Count < Backups;)
                        {
                            var backup = live.TakeBackup();
                            if (backup.Revision > last)
                                backups.Add(GivenBackup.Bytes(backup));
                            last = backup.Revision;
                        }

                        Volatile.Write(ref isOver, true);
                        return;
                    }

                    var random = new Random(thread);
                    var lease = new Lease(LeaseId.NewRandom(), TimeSpan.FromHours(1), "", 0);
                    live.Registry.Leases.AddRestored(lease);
                    while (!Volatile.Read(ref isOver))
                        Do(live.Registry, random, lease.Id);
                });
            }

            foreach (var bytes in backups)
            {
                var revision = GivenBackup.Check(bytes).Revision;
                using var device = DiskDevice.OpenToRead(directory.Path);
                var replay = new ReplayTo(revision);
                LogRecovery.Run(device, replay, RecoveryMode.ReadOnly);
                Assert.Equal(GivenBackup.Describe(replay.State), GivenBackup.Describe(Load(bytes)));
            }
        }
    }

    [Fact]
    public async Task Pieces_AreFullButForTheLast_AndOnlyThatIsTheLast()
    {
        using var live = GivenBackup.Open(await GivenBackup.DiskAsync());
        var whole = GivenBackup.Bytes(live.TakeBackup(), 1_000_000).Length;
        foreach (var size in new[] { 1, 63, 64, 100, whole - 1, whole, whole + 1 })
        {
            var pieces = live.TakeBackup().Read(size).Select(piece => (piece.Bytes.Length, piece.IsLast)).ToList();
            Assert.Equal(whole, pieces.Sum(piece => piece.Length));
            Assert.All(pieces.SkipLast(1), piece => Assert.Equal((size, false), piece));
            Assert.True(pieces[^1].IsLast);
            Assert.InRange(pieces[^1].Length, 1, size);
        }
    }

    [Fact]
    public async Task Backup_IsDurable_OnlyWhenTheLogIs()
    {
        using var live = GivenBackup.Open(new SimulatedDisk());
        GivenBackup.Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", await GivenBackup.GrantAsync(live.Registry), [Given.Instance("a")], []));
        var backup = live.TakeBackup();
        Assert.Equal(1, backup.Revision);
        var durable = backup.WaitDurableAsync(CancellationToken.None);
        Assert.False(durable.IsCompleted);

        live.Log.RunOnce();
        Assert.Null(await durable.AsTask().WaitAsync(Within.Patience));
    }

    [Fact]
    public async Task Backup_OnADiskThatFails_IsNone()
    {
        var disk = new SimulatedDisk();
        using var live = GivenBackup.Open(disk);
        GivenBackup.Start(live.Registry, new RegisterCommand(Given.Name("orders"), "", await GivenBackup.GrantAsync(live.Registry), [Given.Instance("a")], []));
        var durable = live.TakeBackup().WaitDurableAsync(CancellationToken.None);
        disk.SyncFailure = new IOException("input/output error");
        live.Log.RunOnce();
        Assert.Equal(ErrorReasons.StorageFailed, (await durable.AsTask().WaitAsync(Within.Patience))?.Reason);
    }

    [Fact]
    public async Task BackupOfMemory_IsWhole_AndOfTheOneEpoch()
    {
        using var registry = new ServiceRegistry(new RegistryOptions(), new DrivenClock());
        Assert.Equal(0, GivenBackup.Check(GivenBackup.Bytes(StateBackup.OfMemory(registry, TimeProvider.System))).Revision);

        var lease = await GivenBackup.GrantAsync(registry);
        await registry.ExecuteAsync(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], []), CancellationToken.None);
        var backup = StateBackup.OfMemory(registry, TimeProvider.System);
        Assert.Null(await backup.WaitDurableAsync(CancellationToken.None));
        var state = GivenBackup.Check(GivenBackup.Bytes(backup));
        Assert.Equal((1L, 1L, 1L), (state.Revision, state.Applications, state.Instances));
        Assert.Equal(new EpochDescription(registry.Epoch, 1, 1), Assert.Single(state.Epochs));
    }

    private static StateRestore Load(byte[] bytes)
    {
        var disk = new SimulatedDisk();
        GivenBackup.Restore(bytes, disk);
        using var device = disk.Mount();
        var replay = new ReplayTo(long.MaxValue);
        LogRecovery.Run(device, replay, RecoveryMode.ReadOnly);
        return replay.State;
    }

    private static void Do(ServiceRegistry registry, Random random, LeaseId lease)
    {
        var application = Given.Name($"app{random.Next(4)}");
        var id = $"i{random.Next(3)}";
        GivenBackup.Start(registry, random.Next(5) switch
        {
            0 or 1 => new DeregisterCommand(application, "", [new InstanceRef(id, 0)], ownLease: null),
            2 => new WithdrawBuildsCommand(application, "", [Build.Of([$"x.I{random.Next(3)}"]).Id]),
            _ => new RegisterCommand(application, "", lease, [Given.Instance(id, random.Next(1, 9))], [Given.Build($"x.I{random.Next(3)}")]),
        });
    }

    private sealed class ReplayTo(long revision) : IReplay
    {
        public StateRestore State { get; } = new(new RegistryOptions());

        public void Begin(long at, IEnumerable<ApplicationSnapshot> applications) => State.Load(applications, at);

        public void Apply(long at, ApplicationChange change)
        {
            if (at <= revision)
                State.Apply(at, change);
        }
    }
}
