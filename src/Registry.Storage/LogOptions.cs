using System.ComponentModel.DataAnnotations;
using Registry.Core.Changes;

namespace Registry.Storage;

/// <summary>What can be set of the log and of the state snapshots beside it. Read once.</summary>
public class LogOptions
{
    /// <summary>
    /// The least time between two commits: changes that come meanwhile share one sync of the disk, and their writers wait for it. Hours,
    /// minutes, seconds. Default zero: the disk is synced as soon as something is queued and the sync before is over, which lets writers
    /// share syncs only when they come faster than the disk syncs. At most 00:00:01.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan CommitInterval { get; set; }

    /// <summary>
    /// A state snapshot is taken at the latest after this time, if anything has changed. Hours, minutes, seconds. Default 01:00:00, up to
    /// seven days (7.00:00:00). Zero: only <see cref="SnapshotLogBytes"/> decides.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan SnapshotInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// After how much new log a state snapshot is taken and the log is cut behind it, in bytes; never less than the last snapshot took.
    /// What the directory takes is then at most about twice this, or four times the state, and <see cref="SegmentBytes"/>. Default
    /// 67,108,864 (64 MiB), from 1 MiB to 1 TiB. There is no value for "never".
    /// </summary>
    [Range(typeof(long), "1048576", "1099511627776")]
    public long SnapshotLogBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// A segment of the log that is longer than this is followed by a new one, in bytes. The log is cut by whole segments. Default
    /// 33,554,432 (32 MiB), from 1 MiB to 1 GiB.
    /// </summary>
    [Range(typeof(long), "1048576", "1073741824")]
    public long SegmentBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Room in memory for changes that are visible and not yet on the disk, in bytes; writes beyond it are refused with LOG_FULL. A change
    /// counts as its content and 1 KiB. Default 67,108,864 (64 MiB), from 4 MiB to 1 GiB.
    /// </summary>
    [Range(4 * 1024 * 1024, 1024 * 1024 * 1024)]
    public int QueueBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>About how much is written at a time, in bytes; one change may be more.</summary>
    internal int BatchBytes { get; set; } = 4 * Command.MaxSize;

    /// <summary>How long the log waits before it tries a full disk again.</summary>
    internal TimeSpan FullDiskPause { get; set; } = TimeSpan.FromSeconds(1);
}
