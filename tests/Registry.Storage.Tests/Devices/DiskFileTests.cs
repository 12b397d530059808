using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using Registry.Storage.Devices;
using Registry.Storage.Tests.Logs;

namespace Registry.Storage.Tests.Devices;

/// <summary>What the operating system says about a file has to reach the log.</summary>
public sealed class DiskFileTests
{
    [Fact]
    public void Sync_ThatTheSystemRefuses_Throws()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what a system can't sync depends on the system");
        using var pipe = new AnonymousPipeServerStream();
        using var handle = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        Assert.Contains("can't be synced", Assert.Throws<IOException>(new DiskFile(handle).Sync).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sync_OfAFile_Returns()
    {
        using var directory = new TemporaryDirectory();
        using var device = DiskDevice.OpenDirectory(directory.Path);
        using var file = device.Create("file");
        file.Write([1, 2, 3], 0);
        file.Sync();
        Assert.Equal(3, file.Length);
    }
}
