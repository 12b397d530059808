using Microsoft.Win32.SafeHandles;

namespace Registry.Storage.Devices;

/// <summary>A directory of the operating system, held by this process alone.</summary>
internal sealed class DiskDevice : IStorageDevice
{
    private const string LockName = "lock";
    private const string HolderName = "lock.holder";

    private readonly string _directory;
    private readonly SafeFileHandle _lock;

    private DiskDevice(string directory, SafeFileHandle heldLock)
    {
        _directory = directory;
        _lock = heldLock;
    }

    /// <summary>Opens a directory, and makes it if it is not there.</summary>
    /// <param name="directory">An absolute path.</param>
    /// <exception cref="UnusableStorageException">It can't be made or written, or another process holds it.</exception>
    public static DiskDevice OpenDirectory(string directory)
    {
        try
        {
            Make(directory);
            return new DiskDevice(directory, TakeLock(directory));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new UnusableStorageException($"data directory {directory}: can't be used: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
        }
    }

    public string PathOf(string name) => Path.Combine(_directory, name);

    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(_directory).Select(path => Path.GetFileName(path))];

    public IStorageFile Create(string name) => OpenFile(name, FileMode.CreateNew);

    public IStorageFile Open(string name) => OpenFile(name, FileMode.Open);

    public void Delete(string name) => File.Delete(PathOf(name));

    public void SyncDirectory() => DirectorySync.Sync(_directory);

    public void Dispose() => _lock.Dispose();

    private DiskFile OpenFile(string name, FileMode mode)
    {
        try
        {
            return new DiskFile(File.OpenHandle(PathOf(name), mode, FileAccess.ReadWrite, FileShare.Read));
        }
        catch (IOException wrong) when (DiskFile.IsFull(wrong))
        {
            throw new DiskFullException(wrong.Message, wrong);
        }
    }

    // Each directory that is made is an entry of the one above it.
    private static void Make(string directory)
    {
        if (Directory.Exists(directory))
            return;
        var above = Path.GetDirectoryName(directory);
        if (above is not null)
            Make(above);
        Directory.CreateDirectory(directory);
        if (above is not null)
            DirectorySync.Sync(above);
    }

    // The operating system takes the lock away when the process ends, however it ends: there is no stale lock to clean up.
    private static SafeFileHandle TakeLock(string directory)
    {
        var path = Path.Combine(directory, LockName);
        SafeFileHandle held;
        try
        {
            held = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException wrong) when (IsHeld(wrong))
        {
            throw new UnusableStorageException(
                $"data directory {directory}: another server ({Holder(directory)}) works on it and holds {path}. "
                + "Stop that server, or give this one a directory of its own");
        }

        try
        {
            // Beside the lock and not in it: a locked file can't be read by those who are refused.
            File.WriteAllText(Path.Combine(directory, HolderName), $"process {Environment.ProcessId}");
        }
        catch (IOException wrong) when (DiskFile.IsFull(wrong))
        {
            // Its only use is the message above.
        }
        catch
        {
            held.Dispose();
            throw;
        }

        return held;
    }

    // EWOULDBLOCK, whose number depends on the system; on Windows a sharing violation.
    private static bool IsHeld(IOException wrong) => wrong.HResult == (
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    private static string Holder(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, HolderName)) is { Length: > 0 } holder ? holder : "unknown process";
        }
        catch (IOException)
        {
            return "unknown process";
        }
    }
}
