using Registry.Core;
using Registry.Core.Restoring;
using Registry.Storage.Devices;
using Registry.Storage.Records;
using Registry.Storage.Recovery;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit;
using Registry.TestKit.Time;

namespace Registry.Storage.Tests.Logs;

public sealed class WritingTests
{
    [Fact]
    public async Task Queued_IsWrittenWithOneSync_AndEachWaiterIsAnswered()
    {
        var disk = new SimulatedDisk();
        using var log = GivenLog.Open(disk);
        for (var revision = 1; revision <= 10; revision++)
            log.Queue(revision);
        var waits = Enumerable.Range(1, 10).Select(revision => log.WaitAsync(revision)).ToArray();
        var before = disk.Syncs;
        Assert.DoesNotContain(waits, wait => wait.IsCompleted);

        Assert.Equal(WriteResult.Written, log.RunOnce());

        Assert.Equal(before + 1, disk.Syncs);
        Assert.All(await Task.WhenAll(waits), Assert.Null);
        Assert.Equal(WriteResult.Nothing, log.RunOnce());
    }

    [Fact]
    public void Reserve_BeyondTheQueue_IsRefusedWithLogFull_UntilTheQueueIsWritten()
    {
        using var log = GivenLog.Open(new SimulatedDisk(), new LogOptions { QueueBytes = 4_000 });
        Assert.Null(log.TryReserve(1_000));
        log.Append(1, Changes.Removal(), 1_000);

        var refused = log.TryReserve(1_000);
        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.LogFull), (refused!.Kind, refused.Reason));

        Assert.Equal(WriteResult.Written, log.RunOnce());
        Assert.Null(log.TryReserve(1_000));
    }

    [Fact]
    public async Task FullDisk_KeepsWhatIsQueued_RefusesMore_AndRecoversByItself()
    {
        var disk = new SimulatedDisk();
        var found = new List<(long Revision, ChangeRecord Change)>();
        using (var log = GivenLog.Open(disk))
        {
            log.Queue(1);
            log.Queue(2);
            var wait = log.WaitAsync(2);
            disk.Room = 20;

            Assert.Equal(WriteResult.Full, log.RunOnce());
            Assert.True(log.IsFull);
            Assert.Equal(ErrorReasons.LogFull, log.TryReserve(1)?.Reason);
            Assert.False(wait.IsCompleted);
            Assert.False(log.Failed.IsCompleted);

            disk.Room = -1;
            Assert.Equal(WriteResult.Written, log.RunOnce());
            Assert.Null(await wait);
            Assert.False(log.IsFull);
            log.Put(3);
        }

        using var again = GivenLog.Open(disk, found: found);
        Assert.Equal([1, 2, 3], found.Select(change => change.Revision));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 30)]
    [InlineData(false, 70)]
    [InlineData(true, 0)]
    [InlineData(true, 30)]
    public async Task FullDisk_AtTheStart_RefusesWrites_UntilThereIsRoom(bool hasLog, int room)
    {
        var disk = hasLog ? GivenLog.Written(3, out _) : new SimulatedDisk();
        disk.Room = room;
        var found = new List<(long Revision, ChangeRecord Change)>();
        long first;
        using (var log = GivenLog.Open(disk, found: found))
        {
            Assert.Equal(hasLog ? 3 : 0, found.Count);
            Assert.True(log.IsFull);
            Assert.Equal(ErrorReasons.LogFull, log.TryReserve(1)?.Reason);
            Assert.Equal(WriteResult.Full, log.RunOnce());

            disk.Room = -1;
            Assert.Equal(WriteResult.Written, log.RunOnce());
            Assert.False(log.IsFull);
            first = log.History.FirstRevision;
            log.Queue(first);
            var wait = log.WaitAsync(first);
            Assert.Equal(WriteResult.Written, log.RunOnce());
            Assert.Null(await wait);
        }

        using var again = GivenLog.Open(disk, found: found);
        Assert.Equal(first, found[^1].Revision);
        Assert.Equal(hasLog ? 2 : 1, again.History.Ancestors.Length);
    }

    [Fact]
    public async Task FullDisk_AtTheStart_IsTriedAgainByTheLogsOwnThread()
    {
        var disk = new SimulatedDisk { Room = 0 };
        var clock = new DrivenClock();
        using var log = DiskChangeLog.Open(disk.Mount(), new LogOptions(), clock, new RecordingReplay());
        await Within.BecomesAsync("the log on a full disk", (true, 1), () => (log.IsFull, clock.Timers));

        disk.Room = -1;
        clock.Advance(TimeSpan.FromSeconds(1));
        await Within.BecomesAsync("the log on a disk with room", false, () => log.IsFull);
    }

    [Fact]
    public async Task CommitInterval_LetsWritersShareASync()
    {
        var disk = new SimulatedDisk();
        var clock = new DrivenClock();
        var options = new LogOptions { CommitInterval = TimeSpan.FromMilliseconds(100) };
        using var log = DiskChangeLog.Open(disk.Mount(), options, clock, new RecordingReplay());
        clock.Advance(options.CommitInterval);
        log.Queue(1);
        Assert.Null(await log.WaitAsync(1).WaitAsync(Within.Patience));
        await Within.BecomesAsync("the pause after a commit", 1, () => clock.Timers);

        var before = log.Commits;
        log.Queue(2);
        log.Queue(3);
        var both = Task.WhenAll(log.WaitAsync(2), log.WaitAsync(3));
        clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(both.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await both.WaitAsync(Within.Patience);
        Assert.Equal(before + 1, log.Commits);
    }

    [Fact]
    public async Task FullDisk_IsTriedAgainAfterAPause_ByTheLogsOwnThread()
    {
        var disk = new SimulatedDisk();
        var clock = new DrivenClock();
        using var log = DiskChangeLog.Open(disk.Mount(), new LogOptions(), clock, new RecordingReplay());
        disk.Room = 0;
        log.Queue(1);
        await Within.BecomesAsync("the log on a full disk", (true, 1), () => (log.IsFull, clock.Timers));

        disk.Room = -1;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await log.WaitAsync(1).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Null(log.TryReserve(1));
    }

    [Fact]
    public void FullDisk_AtANewSegment_LeavesNoHalfSegment()
    {
        var disk = new SimulatedDisk();
        using var log = GivenLog.Open(disk, new LogOptions { SegmentBytes = 1 });
        log.Put(1);
        log.Queue(2);
        disk.Room = 30;
        Assert.Equal(WriteResult.Full, log.RunOnce());
        Assert.Single(disk.Names);

        disk.Room = -1;
        Assert.Equal(WriteResult.Written, log.RunOnce());
        Assert.Equal(2, disk.Names.Count());
    }

    [Fact]
    public async Task FailedSync_IsFinal_AlsoWhenTheNextWouldWork()
    {
        var disk = new SimulatedDisk();
        using var log = GivenLog.Open(disk);
        log.Put(1);
        log.Queue(2);
        var wait = log.WaitAsync(2);
        disk.SyncFailure = new IOException("input/output error");
        Assert.Equal(WriteResult.Failed, log.RunOnce());
        disk.SyncFailure = null;

        Assert.Equal((ErrorKind.Unavailable, ErrorReasons.StorageFailed), ((await wait)!.Kind, (await wait)!.Reason));
        Assert.Equal(ErrorReasons.StorageFailed, log.TryReserve(1)?.Reason);
        Assert.Equal(WriteResult.Failed, log.RunOnce());
        Assert.Equal("input/output error", (await log.Failed).Message);
        Assert.Null(await log.WaitAsync(1));
        Assert.NotNull(await log.WaitAsync(2));
    }

    [Fact]
    public async Task Close_WritesWhatIsQueued_AndRefusesWhatComesLater()
    {
        var disk = new SimulatedDisk();
        var log = GivenLog.Open(disk);
        Assert.Null(log.TryReserve(1));
        log.Queue(1);
        log.Dispose();

        Assert.Null(await log.WaitAsync(1));
        Assert.Equal(ErrorReasons.StorageFailed, log.TryReserve(1)?.Reason);
        log.Append(2, Changes.Removal(), 1);
        Assert.Equal(ErrorReasons.StorageFailed, (await log.WaitAsync(2))?.Reason);
    }

    [Fact]
    public void Segment_ThatIsLongEnough_IsFollowedByANewOne_NamedByItsFirstRevision()
    {
        var disk = GivenLog.Written(3, out var written, segmentBytes: 1);
        Assert.Equal(
            ["00000000000000000001.log", "00000000000000000002.log", "00000000000000000003.log"], disk.Names.Order(StringComparer.Ordinal));

        var found = new List<(long, ChangeRecord)>();
        using var log = GivenLog.Open(disk, found: found);
        Assert.Equal(written, found);
    }

    [Fact]
    public void Start_ContinuesTheHistory_AboveEverythingThatWasEverSeen()
    {
        var disk = new SimulatedDisk();
        RegistryHistory first, second;
        using (var log = GivenLog.Open(disk))
        {
            first = log.History;
            Assert.Equal((0, 1), (first.LastRevision, first.FirstRevision));
            Assert.Empty(first.Ancestors);
            log.Put(1);
            log.Put(2);
        }

        using (var log = GivenLog.Open(disk))
        {
            second = log.History;
            Assert.NotEqual(first.Epoch, second.Epoch);
            Assert.Equal([new Ancestor(first.Epoch, 2)], second.Ancestors);
            Assert.Equal(2, second.LastRevision);
            Assert.True(second.FirstRevision > 2 + RevisionGap.MostUndurable);
        }

        // The second has shown revisions from its own first on, and none became durable.
        using (var log = GivenLog.Open(disk))
        {
            Assert.Equal([new Ancestor(first.Epoch, 2), new Ancestor(second.Epoch, 2)], log.History.Ancestors);
            Assert.Equal(2, log.History.LastRevision);
            Assert.True(log.History.FirstRevision >= second.FirstRevision + RevisionGap.MostUndurable);
        }
    }

    [Fact]
    public void SecondServer_OnOneDirectory_IsRefused_WithTheDirectoryAndTheProcess()
    {
        using var directory = new TemporaryDirectory();
        using (DiskDevice.OpenDirectory(directory.Path))
        {
            var refused = Assert.Throws<UnusableStorageException>(() => DiskDevice.OpenDirectory(directory.Path));
            Assert.Contains(directory.Path, refused.Message, StringComparison.Ordinal);
            Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        }

        DiskDevice.OpenDirectory(directory.Path).Dispose();
    }

    [Fact]
    public void Directory_ThatIsAFile_IsRefusedWithOneLine()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "data");
        File.WriteAllText(file, "");

        var refused = Assert.Throws<UnusableStorageException>(() => DiskDevice.OpenDirectory(Path.Combine(file, "below")));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void RealDirectory_ThatIsNotThereYet_IsMade_AndKeepsTheLog()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "a", "b");
        var found = new List<long>();
        using (var log = DiskChangeLog.Open(DiskDevice.OpenDirectory(path), new LogOptions { SegmentBytes = 100 }, TimeProvider.System, new RecordingReplay(), ownThread: false))
        {
            log.Put(1);
            log.Put(2);
        }

        using var again = DiskChangeLog.Open(
            DiskDevice.OpenDirectory(path), new LogOptions(), TimeProvider.System, new RecordingReplay((revision, _) => found.Add(revision)), ownThread: false);
        Assert.Equal([1, 2], found);
    }
}
