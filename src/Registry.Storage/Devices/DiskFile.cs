using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Registry.Storage.Devices;

/// <summary>A file of the operating system.</summary>
internal sealed class DiskFile(SafeFileHandle handle) : IStorageFile
{
    // What the system calls it when there is no room: ENOSPC, and EDQUOT, whose number depends on the system; on Windows the codes of a
    // full disk and of a full handle.
    private const int NoSpace = 28;
    private const int QuotaOnLinux = 122;
    private const int QuotaOnMac = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    // A signal came first: EINTR. Nothing was tried, and so nothing is lost.
    private const int Interrupted = 4;

    public long Length => RandomAccess.GetLength(handle);

    public static bool IsFull(IOException wrong) => OperatingSystem.IsWindows()
        ? wrong.HResult is WindowsDiskFull or WindowsHandleDiskFull
        : wrong.HResult == NoSpace || wrong.HResult == (OperatingSystem.IsMacOS() ? QuotaOnMac : QuotaOnLinux);

    public int Read(Span<byte> into, long offset)
    {
        var read = 0;
        while (read < into.Length && RandomAccess.Read(handle, into[read..], offset + read) is var more and > 0)
            read += more;
        return read;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (IOException wrong) when (IsFull(wrong))
        {
            throw new DiskFullException(wrong.Message, wrong);
        }
    }

    public void Truncate(long length) => RandomAccess.SetLength(handle, length);

    public void Sync()
    {
        // The data, and of the file's entry what one needs to find it again: its length, but not the time of its last change.
        // On Linux the base library does not say when a sync fails: RandomAccess.FlushToDisk returns after an EIO as if all were well, and the
        // changes would be acknowledged that the disk has just lost. So the system is asked here. On Windows and macOS a sync takes another
        // call, which the base library knows.
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        while (FDataSync(handle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                throw new IOException($"the file can't be synced: {new Win32Exception(error).Message}", error);
        }
    }

    public void Dispose() => handle.Dispose();

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FDataSync(SafeFileHandle file);
}
