using System.Collections.Immutable;
using Registry.Core;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Backups;

/// <summary>
/// Looks at a backup, or at the data directory of a server that does not run: reads and checks every record, and that all of it together is
/// the state of a registry. Changes nothing.
/// </summary>
public static class StorageInspection
{
    /// <summary>Reads all of it. Returns what it holds.</summary>
    /// <param name="path">A backup or a data directory; absolute.</param>
    /// <param name="progress">Is told how far the reading is, and can end it; null: nobody asks.</param>
    /// <exception cref="UnusableStorageException">It is damaged, of a newer server, can't be read, or a server works on it.</exception>
    /// <exception cref="OperationCanceledException">The reading was to end.</exception>
    public static StateDescription Run(string path, RecoveryProgress? progress = null)
    {
        if (!Directory.Exists(path))
            return BackupReading.Check(OpenBackup(path), path, progress);
        using var device = DiskDevice.OpenToRead(path);
        try
        {
            return Run(device, progress ?? new RecoveryProgress());
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new UnusableStorageException($"data directory {path}: can't be read: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
        }
    }

    internal static IStorageFile OpenBackup(string path)
    {
        if (Directory.Exists(path))
            throw new UnusableStorageException($"{path}: is a directory, and a backup is a file");
        try
        {
            return new DiskFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        }
        catch (FileNotFoundException wrong)
        {
            throw new UnusableStorageException($"{path}: there is no such file or directory", wrong);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new UnusableStorageException($"{path}: can't be read: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
        }
    }

    internal static StateDescription Run(IStorageDevice device, RecoveryProgress progress)
    {
        var names = device.List();
        if (!names.Any(static name => SnapshotName.Matches(name) || SegmentName.TryRead(name, out _) || UnfinishedRestore.Matches(name)))
            throw new UnusableStorageException($"{device.PathOf("")}: holds no log and no state snapshot: it is no data directory, or no server has ever written in it");

        var replay = new StateReplay(new RegistryOptions());
        var recovered = LogRecovery.Run(device, replay, RecoveryMode.ReadOnly, progress);
        replay.State.Complete();
        var check = new StateCheck(recovered.End.LastRevision);
        var end = recovered.Segments.IsEmpty ? recovered.Snapshot! : recovered.Segments[^1].Name;
        foreach (var application in replay.State.Applications.ReadAll())
        {
            if (check.FindFault(application) is { } fault)
                throw UnusableStorageException.Damaged(device.PathOf(end), recovered.End.Offset, $"what the log leads to is no state: {fault}");
        }

        var files = names.Order(StringComparer.Ordinal).Select(name => Describe(device, name, recovered)).ToImmutableArray();
        return new StateDescription
        {
            Format = FormatOf(device, end),
            Taken = recovered.SnapshotUnixMillis is { } taken ? DateTimeOffset.FromUnixTimeMilliseconds(taken) : null,
            Revision = recovered.End.LastRevision,
            Epochs = [.. recovered.Epochs.Select(epoch => BackupReading.Describe(epoch.Epoch, epoch.FirstRevision, epoch.LastRevision))],
            Applications = check.Applications,
            Instances = check.Instances,
            Bytes = files.Sum(static file => file.Bytes),
            Directory = new DirectoryDescription(files, recovered.TornBytes, progress.ReadBytes),
        };
    }

    private static FileDescription Describe(IStorageDevice device, string name, RecoveredLog recovered)
    {
        using var file = device.Open(name);
        if (name == recovered.Snapshot)
            return new FileDescription(name, FileUse.Snapshot, file.Length, 0, recovered.Floor);
        foreach (var segment in recovered.Segments)
        {
            if (segment.Name == name)
                return new FileDescription(name, FileUse.Segment, file.Length, segment.FirstRevision, segment.LastRevision);
        }

        var use = SnapshotName.Matches(name) || SegmentName.TryRead(name, out _) ? FileUse.Superfluous : FileUse.Other;
        return new FileDescription(name, use, file.Length, 0, 0);
    }

    private static uint FormatOf(IStorageDevice device, string name)
    {
        using var file = device.Open(name);
        var start = new byte[SegmentHeader.Size];
        file.Read(start, 0);
        return SegmentHeader.TryRead(start, out _, out var version) ? version : 0;
    }
}
