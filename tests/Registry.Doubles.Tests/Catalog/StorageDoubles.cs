namespace Registry.Doubles.Tests.Catalog;

/// <summary>The log on the disk, and the snapshots beside it.</summary>
internal static class StorageDoubles
{
    private const string Writer = "src/Registry.Storage/SegmentWriter.cs";
    private const string Log = "src/Registry.Storage/DiskChangeLog.cs";
    private const string Snapshots = "src/Registry.Storage/Snapshots/SnapshotWriter.cs";
    private const string Recovery = "src/Registry.Storage/Recovery/LogRecovery.cs";
    private const string Durable = "src/Registry.Storage/DurableRegistry.cs";

    public static readonly BrokenDouble AnsweredBeforeTheSync = new()
    {
        Name = nameof(AnsweredBeforeTheSync),
        Story = "A batch counts as durable when it is written: the operating system has it, and the power cut takes it.",
        Edits = [new(Writer, "YieldPoint.Reach(StoragePoint.BatchWritten);\n_file.Sync();", "YieldPoint.Reach(StoragePoint.BatchWritten);")],
        CaughtBy = [Suite.PowerCuts],
    };

    public static readonly BrokenDouble SegmentWithoutAName = new()
    {
        Name = nameof(SegmentWithoutAName),
        Story = "A segment is synced and its name is not: after a power cut its records are on the disk, where nobody finds them.",
        Edits = [new(Writer, "_device.SyncDirectory();", "")],
        CaughtBy = [Suite.PowerCuts],
    };

    public static readonly BrokenDouble TornBatchKept = new()
    {
        Name = nameof(TornBatchKept),
        Story = "What is torn stays behind the end, and the next start's records follow it: the log ends there for whoever reads it.",
        Edits = [new(Recovery, "return new LogEnd(header, reader.Offset, _last);", "return new LogEnd(header, reader.Length, _last);")],
        CaughtBy = [Suite.PowerCuts],
    };

    public static readonly BrokenDouble LostRecordTakenForATornOne = new()
    {
        Name = nameof(LostRecordTakenForATornOne),
        Story = "A record that the disk has lost is cut off as if it had been torn, and all that was acknowledged behind it with it.",
        Edits = [new(Recovery, "if (!isLast || WasSynced(file, offset, header.Salt))", "if (!isLast)")],
        CaughtBy = [Suite.DamagedLogs],
    };

    public static readonly BrokenDouble LogCutTooFar = new()
    {
        Name = nameof(LogCutTooFar),
        Story = "The segment that ends where the snapshot stands is cut: it may hold the record of the start that begins the next one.",
        Edits =
        [
            new(
                Snapshots,
                "var first = files.Where(file => SegmentName.TryRead(file, out var begin) && begin <= revision).Max(StringComparer.Ordinal);",
                "var first = files.Where(file => SegmentName.TryRead(file, out var begin) && begin <= revision + 1).Max(StringComparer.Ordinal);"),
        ],
        CaughtBy = [Suite.StateSnapshots],
    };

    public static readonly BrokenDouble CutBeforeTheSnapshotHasAName = new()
    {
        Name = nameof(CutBeforeTheSnapshotHasAName),
        Story = "The log is cut when the snapshot is on the disk and its name is not: a power cut may take the name, and keep what was deleted deleted.",
        Edits = [new(Snapshots, "YieldPoint.Reach(StoragePoint.SnapshotSynced);\ndevice.SyncDirectory();", "YieldPoint.Reach(StoragePoint.SnapshotSynced);")],
        CaughtBy = [Suite.StateSnapshots],
    };

    public static readonly BrokenDouble SnapshotAheadOfTheLog = new()
    {
        Name = nameof(SnapshotAheadOfTheLog),
        Story = "A snapshot does not wait until the log is durable to it: it may hold a change that a power cut takes from the log.",
        Edits =
        [
            new(
                Snapshots,
                "if (image.Revision == 0 || device.List().Contains(name) || !awaitDurable(image.Revision))",
                "if (image.Revision == 0 || device.List().Contains(name))"),
        ],
        CaughtBy = [Suite.StateSnapshots],
    };

    public static readonly BrokenDouble TwoSnapshotsAtOnce = new()
    {
        Name = nameof(TwoSnapshotsAtOnce),
        Story = "Whoever sees that a snapshot is due takes one: two at once delete each other as superfluous, and the log behind both.",
        Edits = [new(Durable, "if (Interlocked.Exchange(ref _isTakingSnapshot, 1) != 0)", "if (Volatile.Read(ref _isTakingSnapshot) == 2)")],
        CaughtBy = [Suite.StateSnapshots],
    };

    public static readonly BrokenDouble RevisionsFromTheLogAlone = new()
    {
        Name = nameof(RevisionsFromTheLogAlone),
        Story = "A start goes on with the revision after the log's last: one that was seen, lost in a power cut, and given again means two things.",
        Edits =
        [
            new(
                "src/Registry.Storage/Recovery/RevisionGap.cs",
                "firstBefore == 0 ? 1 : checked(Math.Max(last, firstBefore - 1) + MostUndurable + 1);",
                "Math.Max(last, firstBefore - 1) + 1;"),
        ],
        CaughtBy = [Suite.PowerCuts],
    };

    public static readonly BrokenDouble RoomNeverGivenBack = new()
    {
        Name = nameof(RoomNeverGivenBack),
        Story = "The queue's room is not given back when its changes are written: after a while every write is refused.",
        Edits = [new(Log, "Interlocked.Add(ref _reserved, -_batch.Sum(static queued => QueuedChange.RoomOf(queued.ReservedBytes)));", "")],
        CaughtBy = [Suite.LogWriting],
    };

    public static readonly BrokenDouble FailedSyncTriedAgain = new()
    {
        Name = nameof(FailedSyncTriedAgain),
        Story = "A sync that failed is tried again like a full disk: the operating system has dropped what it could not write, and says that all is well.",
        Edits = [new(Log, "catch (DiskFullException)\n{\nInterlocked.CompareExchange(ref _refusal, DiskFull, null);", "catch (IOException)\n{\nInterlocked.CompareExchange(ref _refusal, DiskFull, null);")],
        CaughtBy = [Suite.LogWriting],
    };
}
