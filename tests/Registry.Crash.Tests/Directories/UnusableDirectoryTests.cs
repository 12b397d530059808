using Registry.Crash.Tests.Damage;
using Registry.Crash.Tests.Servers;

namespace Registry.Crash.Tests.Directories;

/// <summary>A directory that the server can't work in: one line that names it, exit code 1, and nothing left behind.</summary>
public sealed class UnusableDirectoryTests : CrashTest
{
    private const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    [Fact]
    public async Task PathThatIsAFile_IsRefused()
    {
        var file = Path.Combine(Above, "file");
        await File.WriteAllTextAsync(file, "content");
        Assert.Contains(file, await RefusedAsync(CrashServers.AsShipped(file)), StringComparison.Ordinal);
        Assert.Contains(file, await RefusedAsync(CrashServers.AsShipped(Path.Combine(file, "below"))), StringComparison.Ordinal);
        Assert.Equal("content", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task DirectoryThatIsMissing_IsMade()
    {
        var missing = Path.Combine(Above, "one", "two", "data");
        var acknowledged = await FillAsync(CrashServers.AsShipped(missing), count: 3);
        await StartsWithAsync(CrashServers.AsShipped(missing), acknowledged);
    }

    [Fact]
    public async Task DirectoryOfAnotherOwner_IsRefused()
    {
        Open();
        File.SetUnixFileMode(Data, Everybody | UnixFileMode.UserWrite);
        await IsRefusedToNobodyAsync(Data);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Data));
    }

    [Fact]
    public async Task MissingDirectory_WhereNobodyMayMakeOne_IsRefused()
    {
        Open();
        await IsRefusedToNobodyAsync(Path.Combine(Data, "below"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Data));
    }

    [Fact]
    public async Task DirectoryThatMayNotBeWrittenAnyMore_IsRefused_AndIsAsItWas()
    {
        await FillAsync(CrashServers.AsShipped(Data), count: 3);
        Open();
        File.SetUnixFileMode(Data, Everybody);
        var before = DataFiles.Contents(Data);
        await IsRefusedToNobodyAsync(Data);
        Assert.Equal(before, DataFiles.Contents(Data));
    }

    [Fact]
    public async Task LogThatMayNotBeWritten_IsRefused()
    {
        // The lock can be taken, and the segment can't be opened.
        await FillAsync(CrashServers.AsShipped(Data), count: 3);
        Open();
        foreach (var file in Directory.EnumerateFiles(Data, "lock*"))
            File.Delete(file);
        File.SetUnixFileMode(Data, Everybody | UnixFileMode.OtherWrite);
        await IsRefusedToNobodyAsync(Data);
    }

    [Fact]
    public async Task ReadOnlyFileSystem_IsRefused()
    {
        using var files = SmallFileSystem.Mount(Path.Combine(Above, "files"), bytes: 1 << 20);
        var data = Path.Combine(files.Path, "data");
        await FillAsync(CrashServers.AsShipped(data), count: 3);
        files.MakeReadOnly();
        Assert.Contains(data, await RefusedAsync(CrashServers.AsShipped(data)), StringComparison.Ordinal);
        Assert.Contains(data, await RefusedAsync(CrashServers.AsShipped(data + "-2")), StringComparison.Ordinal);
    }

    // Temporary directories are their owner's alone.
    private void Open() => File.SetUnixFileMode(Above, Everybody | UnixFileMode.UserWrite);

    private static async Task IsRefusedToNobodyAsync(string data)
    {
        var said = await RefusedAsync(await CrashServers.AsShipped(data).AsNobodyAsync());
        Assert.Contains(data, said, StringComparison.Ordinal);
        Assert.Contains("denied", said, StringComparison.Ordinal);
    }
}
