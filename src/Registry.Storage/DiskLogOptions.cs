using Registry.Core.Changes;

namespace Registry.Storage;

/// <summary>What can be set of the log. Read once.</summary>
internal sealed record DiskLogOptions
{
    /// <summary>Room for changes that are not yet on the disk, in bytes. Default 64 MiB; 4 MiB to 1 GiB. Beyond it writes are refused.</summary>
    public int QueueBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A segment that is longer than this is followed by a new one, in bytes. Default 32 MiB; at least 1.</summary>
    public long SegmentBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>About how much is written at a time, in bytes; one change may be more. Default 4 MiB; at least 1.</summary>
    public int BatchBytes { get; init; } = 4 * Command.MaxSize;

    /// <summary>
    /// After how much new log a state snapshot is taken and the log is cut behind it, in bytes; never less than the last snapshot took.
    /// Default 64 MiB; at least 1.
    /// </summary>
    public long SnapshotBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long the log waits before it tries a full disk again. Default 1 s; more than zero.</summary>
    public TimeSpan FullDiskPause { get; init; } = TimeSpan.FromSeconds(1);
}
