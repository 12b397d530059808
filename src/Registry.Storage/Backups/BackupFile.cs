using Registry.Storage.Devices;
using Registry.Storage.Recovery;

namespace Registry.Storage.Backups;

/// <summary>
/// Writes a backup into a file. The file has its name only when it is whole, read back, and durable; until then it is called
/// <c>NAME.partial</c>, and disposing of this takes that away. One thread.
/// </summary>
public sealed class BackupFile : IDisposable
{
    private const string Partial = ".partial";

    private readonly IStorageDevice _device;
    private readonly string _name;
    private readonly IStorageFile _file;
    private long _length;
    private bool _isOver;

    private BackupFile(IStorageDevice device, string name, IStorageFile file)
    {
        _device = device;
        _name = name;
        _file = file;
    }

    /// <summary>Begins a file. What an earlier try may have left under the partial name is replaced.</summary>
    /// <param name="path">The file, absolute. Its directory must be there.</param>
    /// <exception cref="UnusableStorageException">It can't be made.</exception>
    public static BackupFile Create(string path)
    {
        if (Directory.Exists(path))
            throw new UnusableStorageException($"{path}: is a directory; name a file in it");
        return Create(DiskDevice.OpenUnlocked(Path.GetDirectoryName(path) ?? path), Path.GetFileName(path));
    }

    /// <summary>Adds bytes to the end.</summary>
    /// <exception cref="UnusableStorageException">The disk does not take them.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(bytes, _length);
        }
        catch (IOException wrong)
        {
            throw Unwritable(_device, _name, wrong);
        }

        _length += bytes.Length;
    }

    /// <summary>All was written: makes it durable, reads it back, and gives it its name. A file that has that name is replaced.</summary>
    /// <param name="progress">Can end the reading; null: nobody does.</param>
    /// <returns>What the backup holds.</returns>
    /// <exception cref="UnusableStorageException">The disk does not take it, or it is no backup.</exception>
    /// <exception cref="OperationCanceledException">The reading was to end.</exception>
    public StateDescription Complete(RecoveryProgress? progress = null)
    {
        try
        {
            _file.Sync();
            var state = BackupReading.Check(_device.Open(_name + Partial), _device.PathOf(_name + Partial), progress);
            _device.Rename(_name + Partial, _name);
            _isOver = true;
            _device.SyncDirectory();
            return state;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(_device, _name, wrong);
        }
    }

    /// <summary>Closes the file. If it was not completed, nothing is left of it.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (!_isOver)
        {
            _isOver = true;
            try
            {
                _device.Delete(_name + Partial);
            }
            catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
            {
                // Why it could not be completed is what its user is told. The name says that it is none.
            }
        }

        _device.Dispose();
    }

    internal static BackupFile Create(IStorageDevice device, string name)
    {
        try
        {
            if (device.List().Contains(name + Partial))
                device.Delete(name + Partial);
            return new BackupFile(device, name, device.Create(name + Partial));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            device.Dispose();
            throw Unwritable(device, name, wrong);
        }
    }

    private static UnusableStorageException Unwritable(IStorageDevice device, string name, Exception wrong) =>
        new($"{device.PathOf(name)}: can't be written: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
}
