using Registry.Core;
using Registry.Core.Changes;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit.Time;

namespace Registry.Storage.Tests.Logs;

/// <summary>A log on a simulated disk that writes when it is told to.</summary>
internal static class GivenLog
{
    public static DiskChangeLog Open(SimulatedDisk disk, LogOptions? options = null, List<(long Revision, ChangeRecord Change)>? found = null) =>
        DiskChangeLog.Open(
            disk.Mount(),
            options ?? new LogOptions(),
            new DrivenClock(),
            new RecordingReplay((revision, change) => found?.Add((revision, ChangeCodec.ToRecord(change)))),
            ownThread: false);

    /// <summary>A disk with a log of some changes, closed, and what was written.</summary>
    public static SimulatedDisk Written(int changes, out List<(long Revision, ChangeRecord Change)> written, long segmentBytes = 1_000_000)
    {
        var disk = new SimulatedDisk();
        var random = new Random(7);
        written = [];
        using var log = Open(disk, new LogOptions { SegmentBytes = segmentBytes });
        for (var revision = 1; revision <= changes; revision++)
        {
            var change = Changes.Any(random, revision);
            written.Add((revision, ChangeCodec.ToRecord(change)));
            log.Put(revision, change);
        }

        return disk;
    }

    /// <summary>Appends a change, and writes it as a batch of its own.</summary>
    public static void Put(this DiskChangeLog log, long revision, ApplicationChange? change = null)
    {
        log.Queue(revision, change);
        Assert.Equal(WriteResult.Written, log.RunOnce());
    }

    public static void Queue(this DiskChangeLog log, long revision, ApplicationChange? change = null)
    {
        Assert.Null(log.TryReserve(100));
        log.Append(revision, change ?? Changes.Removal(), 100);
    }

    public static Task<RegistryError?> WaitAsync(this DiskChangeLog log, long revision) =>
        log.WaitDurableAsync(revision, CancellationToken.None).AsTask();
}
