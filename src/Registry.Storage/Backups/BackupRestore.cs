using System.Buffers;
using Registry.Core.Restoring;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Backups;

/// <summary>
/// Makes a data directory of a backup. It begins a new epoch: the server that the backup is from may have gone on after it, and what that
/// one called revision R + 1 must never be the name of something else.
/// </summary>
/// <remarks>
/// The directory counts from one moment on. First comes a file with a name that tells a restore under way, and is durable before anything
/// else is done; a server refuses the directory as long as that name is there. Under it the state is written, then the first segment; and
/// when all is durable and was read back, the name is changed to the state snapshot's own, in one step.
/// </remarks>
public static class BackupRestore
{
    /// <summary>How many revisions are left to the server that the backup is from: it may go on for long, and is never asked.</summary>
    private const long Distance = 1_000_000_000_000;

    private const int ChunkBytes = 1024 * 1024;

    // What a file system of its own has at its root.
    private const string LostAndFound = "lost+found";

    /// <summary>Checks the backup, and then makes the directory. Returns when a server can start from it.</summary>
    /// <param name="file">The backup; an absolute path.</param>
    /// <param name="directory">An absolute path; not there, empty, or what is left of a restore that was not finished.</param>
    /// <param name="progress">Can end it as long as it does not count; null: nobody does.</param>
    /// <exception cref="UnusableStorageException">It is no backup, the directory is not empty, or it can't be written; the directory is no data directory then.</exception>
    /// <exception cref="OperationCanceledException">It was to end; the directory is no data directory.</exception>
    public static RestoredState Run(string file, string directory, RecoveryProgress? progress = null)
    {
        if (File.Exists(directory))
            throw new UnusableStorageException($"{directory}: is a file, not a directory");
        try
        {
            if (Directory.Exists(directory))
                RefuseContent(directory, Directory.EnumerateFileSystemEntries(directory).Select(static path => Path.GetFileName(path)));
            var state = BackupReading.Check(StorageInspection.OpenBackup(file), file, progress);

            // Again under the lock: meanwhile a server may have begun to use it.
            using var device = DiskDevice.OpenDirectory(directory);
            RefuseContent(directory, device.List());
            using var backup = StorageInspection.OpenBackup(file);
            return Run(backup, file, state, device, progress);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new UnusableStorageException($"data directory {directory}: can't be made: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
        }
    }

    /// <summary>What the first change of a restored registry gets at least: more than the server before gives in any time that matters.</summary>
    /// <param name="state">The backup. Its present epoch may begin above its revision.</param>
    internal static long FirstRevisionAfter(StateDescription state) => checked(Math.Max(state.Revision, state.Epochs[^1].FirstRevision - 1) + Distance);

    internal static RestoredState Run(IStorageFile backup, string path, StateDescription state, IStorageDevice device, RecoveryProgress? progress)
    {
        var (epoch, first) = (RegistryHistory.NewEpoch(), FirstRevisionAfter(state));
        var segment = SegmentName.Of(state.Revision + 1);

        // What holds nothing is no state snapshot: no server writes one. It is a log in which servers have started.
        var counts = state.Revision > 0 ? SnapshotName.Of(state.Revision) : segment;
        var marker = UnfinishedRestore.NameOf(counts);
        try
        {
            using (var file = Begin(device, marker))
            {
                if (state.Revision > 0)
                    Copy(backup, file, progress);
                else
                    Write(file, FirstSegment(state, epoch, first));
                file.Sync();
            }

            if (state.Revision > 0)
            {
                using (var file = device.Create(segment))
                {
                    Write(file, FirstSegment(state, epoch, first));
                    file.Sync();
                }

                ReadBack(device, marker, path, state, progress);
            }

            device.SyncDirectory();
        }
        catch
        {
            Discard(device, marker);
            throw;
        }

        device.Rename(marker, counts);
        device.SyncDirectory();
        return new RestoredState(state, epoch, first);
    }

    internal static void RefuseContent(string directory, IEnumerable<string> entries)
    {
        var names = entries.Where(static name => name is not (DiskDevice.LockName or DiskDevice.HolderName or LostAndFound)).ToList();
        if (names.Exists(UnfinishedRestore.Matches))
            names.RemoveAll(static name => UnfinishedRestore.Matches(name) || SegmentName.TryRead(name, out _));
        if (names.Min(StringComparer.Ordinal) is { } one)
        {
            throw new UnusableStorageException(
                $"{directory}: is not empty ({one}{(names.Count > 1 ? $" and {names.Count - 1} more" : "")}). Nothing was changed. "
                + "Name a directory that is empty or not there");
        }
    }

    // What an earlier try has left goes only when the name of this one is durable: at no time is the directory without one.
    private static IStorageFile Begin(IStorageDevice device, string marker)
    {
        var left = device.List().Where(static name => UnfinishedRestore.Matches(name) || SegmentName.TryRead(name, out _)).ToList();
        var file = left.Remove(marker) ? device.Open(marker) : device.Create(marker);
        try
        {
            file.Truncate(0);
            device.SyncDirectory();
            foreach (var name in left)
                device.Delete(name);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void Copy(IStorageFile from, IStorageFile to, RecoveryProgress? progress)
    {
        var chunk = new byte[ChunkBytes];
        for (long at = 0; from.Read(chunk, at) is var count and > 0; at += count)
        {
            ((IReadingListener?)progress)?.Read(count);
            to.Write(chunk.AsSpan(0, count), at);
        }
    }

    private static void Write(IStorageFile file, ReadOnlySpan<byte> bytes) => file.Write(bytes, 0);

    // It goes on from the backup's epoch, as if that server had been started again. Of a registry that holds nothing there is no snapshot
    // that could name the epochs before, so the log has them start one after the other.
    private static ReadOnlySpan<byte> FirstSegment(StateDescription state, string epoch, long first)
    {
        var revision = state.Revision;
        var salt = SegmentHeader.NewSalt();
        var buffer = new ArrayBufferWriter<byte>();
        var begun = revision > 0 ? state.Epochs[^1].Epoch : state.Epochs[0].Epoch;
        new SegmentHeader(begun, revision + 1, revision, salt).Write(buffer.GetSpan(SegmentHeader.Size));
        buffer.Advance(SegmentHeader.Size);
        var parent = "";
        foreach (var before in state.Epochs)
        {
            if (revision == 0)
                AddStart(before.Epoch, before.FirstRevision);
            parent = before.Epoch;
        }

        AddStart(epoch, first);
        return buffer.WrittenSpan;

        void AddStart(string name, long begin)
        {
            var start = new StartRecord { Epoch = name, Parent = parent, LastRevision = revision, FirstRevision = begin };
            RecordFrame.Add(buffer, salt, buffer.WrittenCount, RecordType.Start, revision, synced: SegmentHeader.Size, start);
        }
    }

    private static void ReadBack(IStorageDevice device, string marker, string path, StateDescription state, RecoveryProgress? progress)
    {
        using var snapshot = SnapshotFile.Open(device.Open(marker), device.PathOf(marker), progress);
        if (snapshot.Revision != state.Revision || snapshot.Length != state.Bytes || snapshot.Header.Epoch != state.Epochs[^1].Epoch)
            throw new UnusableStorageException($"{path}: was changed while it was read");
    }

    // The marker goes last: until then no server starts here.
    private static void Discard(IStorageDevice device, string marker)
    {
        try
        {
            foreach (var name in device.List().Where(static name => SegmentName.TryRead(name, out _)).ToList())
                device.Delete(name);
            device.SyncDirectory();
            if (device.List().Contains(marker))
                device.Delete(marker);
        }
        catch (IOException)
        {
            // Why the restore has failed is what its user is told. What is left here is refused by servers, and taken away by the next try.
        }
    }
}

/// <summary>A data directory that was made of a backup.</summary>
/// <param name="State">What the backup holds.</param>
/// <param name="Epoch">The epoch that the directory begins with. A server that starts from it begins another one behind.</param>
/// <param name="FirstRevision">What its first change gets at least.</param>
public sealed record RestoredState(StateDescription State, string Epoch, long FirstRevision);
