using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Backups;

/// <summary>Reads a backup from one end to the other.</summary>
internal static class BackupReading
{
    /// <summary>Checks every record, and that all of it together is a state. Returns what it holds.</summary>
    /// <param name="file">The file; closed when this returns.</param>
    /// <param name="path">What it is called, for people.</param>
    /// <param name="listener">Who is told how much was read; null: nobody.</param>
    /// <exception cref="UnusableStorageException">It is no backup, or of a newer server.</exception>
    public static StateDescription Check(IStorageFile file, string path, IReadingListener? listener)
    {
        try
        {
            using var snapshot = SnapshotFile.Open(file, path, listener);
            var check = new StateCheck(snapshot.Revision);
            foreach (var (application, offset) in snapshot.ReadPlaced())
            {
                if (check.FindFault(application) is { } fault)
                    throw UnusableStorageException.Damaged(path, offset, fault);
            }

            return check.FindFault(snapshot) is { } wrong
                ? throw UnusableStorageException.Damaged(path, snapshot.EndOffset, wrong)
                : new StateDescription
                {
                    Format = snapshot.Format,
                    Taken = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.End.TakenUnixMillis),
                    Revision = snapshot.Revision,
                    Epochs = [.. snapshot.End.Epochs.Select((epoch, i) => Describe(
                        epoch.Epoch, epoch.FirstRevision, i == snapshot.End.Epochs.Count - 1 ? snapshot.Revision : epoch.LastRevision))],
                    Applications = check.Applications,
                    Instances = check.Instances,
                    Bytes = snapshot.Length,
                };
        }
        catch (UnusableStorageException wrong) when (wrong.IsContent)
        {
            throw wrong.OfBackup();
        }
    }

    /// <summary>An epoch that ends at a revision, which may be one from before it.</summary>
    public static EpochDescription Describe(string epoch, long first, long last) => new(epoch, first, last < first ? 0 : last);
}
