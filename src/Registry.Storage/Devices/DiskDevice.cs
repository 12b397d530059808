using Microsoft.Win32.SafeHandles;

namespace Registry.Storage.Devices;

/// <summary>A directory of the operating system.</summary>
internal sealed class DiskDevice : IStorageDevice
{
    /// <summary>The file by which a process holds the directory.</summary>
    public const string LockName = "lock";

    /// <summary>The file that says which process it is.</summary>
    public const string HolderName = "lock.holder";

    private readonly string _directory;
    private readonly SafeFileHandle? _lock;
    private readonly FileAccess _access;

    private DiskDevice(string directory, SafeFileHandle? heldLock, FileAccess access = FileAccess.ReadWrite)
    {
        _directory = directory;
        _lock = heldLock;
        _access = access;
    }

    /// <summary>Opens a directory for this process alone, and makes it if it is not there.</summary>
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

    /// <summary>Opens a directory that is nobody's data directory, such as the one that a backup goes to. Nothing is locked.</summary>
    /// <param name="directory">An absolute path.</param>
    public static DiskDevice OpenUnlocked(string directory) => new(directory, heldLock: null);

    /// <summary>
    /// Opens a data directory to look at it. No byte in it is changed, and it may be one that nobody can write; no server starts in it until this
    /// is disposed of, and others may look as well.
    /// </summary>
    /// <param name="directory">An absolute path.</param>
    /// <exception cref="UnusableStorageException">It can't be read, or a server works on it.</exception>
    public static DiskDevice OpenToRead(string directory)
    {
        try
        {
            // Shared with others who read, and not to be had while a server holds it alone. Where there is no such file no server ever was.
            var path = Path.Combine(directory, LockName);
            var held = File.Exists(path) ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read) : null;
            return new DiskDevice(directory, held, FileAccess.Read);
        }
        catch (IOException wrong) when (IsHeld(wrong))
        {
            throw new UnusableStorageException(
                $"data directory {directory}: a server ({Holder(directory)}) works on it. Stop it first, or ask it for a backup with registry snapshot save");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new UnusableStorageException($"data directory {directory}: can't be read: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
        }
    }

    public string PathOf(string name) => Path.Combine(_directory, name);

    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(_directory).Select(path => Path.GetFileName(path))];

    public IStorageFile Create(string name) => OpenFile(name, FileMode.CreateNew);

    public IStorageFile Open(string name) => OpenFile(name, FileMode.Open);

    public void Delete(string name) => File.Delete(PathOf(name));

    public void Rename(string name, string to) => File.Move(PathOf(name), PathOf(to), overwrite: true);

    public void SyncDirectory() => DirectorySync.Sync(_directory);

    public void Dispose() => _lock?.Dispose();

    private DiskFile OpenFile(string name, FileMode mode)
    {
        try
        {
            return new DiskFile(File.OpenHandle(PathOf(name), mode, _access, FileShare.Read));
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

    /// <summary>Whether a lock was not given because another process has it.</summary>
    // EWOULDBLOCK, whose number depends on the system; on Windows a sharing violation.
    public static bool IsHeld(IOException wrong) => wrong.HResult == (
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    /// <summary>Who holds a directory, for people.</summary>
    public static string Holder(string directory)
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
