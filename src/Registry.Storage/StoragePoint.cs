using Registry.Core.Interleaving;

namespace Registry.Storage;

/// <summary>
/// Named places between what is done to the disk and the next thing that is done to it: where the death of the process has to be harmless.
/// They are reached like the core's own (<see cref="YieldPoint"/>).
/// </summary>
internal static class StoragePoint
{
    /// <summary>A batch is written, and not synced.</summary>
    public const string BatchWritten = "log.written";

    /// <summary>A batch is durable, and nobody was told.</summary>
    public const string BatchSynced = "log.synced";

    /// <summary>A segment's file is made; it is empty.</summary>
    public const string SegmentMade = "segment.made";

    /// <summary>A segment's header is durable, and its name is not.</summary>
    public const string SegmentSynced = "segment.synced";

    /// <summary>A segment's name is durable; no record is in it.</summary>
    public const string SegmentNamed = "segment.named";

    /// <summary>A state snapshot's file is made; it is empty.</summary>
    public const string SnapshotMade = "snapshot.made";

    /// <summary>A part of a state snapshot is written.</summary>
    public const string SnapshotGrown = "snapshot.grown";

    /// <summary>A state snapshot is durable to its end, and its name is not.</summary>
    public const string SnapshotSynced = "snapshot.synced";

    /// <summary>A state snapshot counts; nothing was cut behind it.</summary>
    public const string SnapshotNamed = "snapshot.named";

    /// <summary>One of the files that a state snapshot makes superfluous is deleted.</summary>
    public const string Cutting = "snapshot.cutting";

    /// <summary>The log is read to its end, and nothing was changed yet.</summary>
    public const string Recovered = "recovery.read";

    /// <summary>What was torn is cut off, and nothing else is cleared away.</summary>
    public const string Settled = "recovery.settled";
}
