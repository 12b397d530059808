using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Registry.Storage.Devices;

/// <summary>
/// Makes a directory's entries durable. To sync a new file writes its content, and not necessarily the entry in its directory that gives
/// it a name: after a power cut the content may be on the disk where nobody finds it, with every change that was acknowledged in it. The
/// base library opens no directories, so this asks the system's C library.
/// </summary>
internal static class DirectorySync
{
    private const int ReadOnly = 0;

    /// <summary>Returns when the entries are on the disk.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public static void Sync(string directory)
    {
        // Windows has no such call. NTFS writes a new entry to its journal before the file's flush returns.
        if (OperatingSystem.IsWindows())
            return;

        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
            throw Failure(directory, "opened");
        try
        {
            if (FSync(descriptor) != 0)
                throw Failure(directory, "synced");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string directory, string done)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"directory {directory} can't be {done}: {new Win32Exception(error).Message}", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
