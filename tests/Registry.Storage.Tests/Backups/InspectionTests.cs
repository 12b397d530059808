using Registry.Core;
using Registry.Storage.Backups;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;
using Registry.Storage.Tests.Logs;
using Registry.Storage.Tests.Simulation;

namespace Registry.Storage.Tests.Backups;

/// <summary>What can be told of a data directory from outside, and that looking changes nothing.</summary>
public sealed class InspectionTests
{
    [Fact]
    public async Task Directory_IsDescribed_WithItsFiles_AndWhatAStartReads()
    {
        var disk = new SimulatedDisk();
        using (var live = GivenBackup.Open(disk, new LogOptions { SegmentBytes = 300 }))
        {
            var lease = await GivenBackup.GrantAsync(live.Registry);
            for (var port = 1; port <= 10; port++)
                GivenBackup.Register(live, lease, "orders", "a", port);
            Assert.True(live.TakeSnapshot(_ => true));
            for (var port = 11; port <= 12; port++)
                GivenBackup.Register(live, lease, "orders", "a", port);
        }

        // A later snapshot that was being written when the process died, and a tail that was.
        disk.Mount().Create(SnapshotName.Of(12)).Write(new byte[100], 0);
        var last = disk.Names.Where(name => SegmentName.TryRead(name, out _)).Max(StringComparer.Ordinal)!;
        disk[last].Write([.. Enumerable.Repeat((byte)0xEE, 17)], disk[last].Current.Length);
        var before = disk.Names.ToDictionary(name => name, name => disk[name].Current);

        disk.Operated = what => Assert.Fail($"looking did {what}");
        var state = StorageInspection.Run(disk.Mount(), new RecoveryProgress());

        Assert.Equal((12L, 1L, 1L, 1u), (state.Revision, state.Applications, state.Instances, state.Format));
        Assert.NotNull(state.Taken);
        Assert.Equal((1L, 12L), (state.Epochs[0].FirstRevision, state.Epochs[0].LastRevision));
        Assert.Equal(before.Values.Sum(content => content.Length), state.Bytes);
        var directory = state.Directory!;
        Assert.Equal(17, directory.TornBytes);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), directory.Files.Select(file => file.Name));
        Assert.Equal(new FileDescription(SnapshotName.Of(10), FileUse.Snapshot, before[SnapshotName.Of(10)].Length, 0, 10), Assert.Single(directory.Files, file => file.Use == FileUse.Snapshot));
        Assert.Equal(new FileDescription(SnapshotName.Of(12), FileUse.Superfluous, 100, 0, 0), Assert.Single(directory.Files, file => file.Use == FileUse.Superfluous));
        var segments = directory.Files.Where(file => file.Use == FileUse.Segment).ToList();
        Assert.Equal(12, segments[^1].LastRevision);
        Assert.All(segments, segment => Assert.Equal(SegmentName.Of(segment.FirstRevision), segment.Name));
        Assert.InRange(directory.StartReads, 1, 2 * state.Bytes);
        Assert.Equal(before, disk.Names.ToDictionary(name => name, name => disk[name].Current));
    }

    [Fact]
    public async Task DamagedDirectory_IsOneLineThatNamesFileAndOffset()
    {
        var disk = await GivenBackup.DiskAsync();
        disk[SegmentName.Of(1)].Write([(byte)(disk[SegmentName.Of(1)].Current[80] ^ 1)], 80);
        var refused = Assert.Throws<UnusableStorageException>(() => StorageInspection.Run(disk.Mount(), new RecoveryProgress()));
        Assert.StartsWith($"/simulated/{SegmentName.Of(1)}: damaged at offset 64: ", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsContent);
    }

    [Fact]
    public void DirectoryInUse_IsRefused_AndALookerDoesNotDisturbAnother()
    {
        using var directory = new TemporaryDirectory();
        using (DurableRegistry.Open(directory.Path, new RegistryOptions(), new LogOptions(), TimeProvider.System))
        {
            var refused = Assert.Throws<UnusableStorageException>(() => StorageInspection.Run(directory.Path));
            Assert.Contains($"a server (process {Environment.ProcessId}) works on it", refused.Message, StringComparison.Ordinal);
            Assert.Contains("registry snapshot save", refused.Message, StringComparison.Ordinal);
        }

        var before = Stamps(directory.Path);
        using (DiskDevice.OpenToRead(directory.Path))
        {
            Assert.Equal(0, StorageInspection.Run(directory.Path).Revision);
            Assert.Throws<UnusableStorageException>(() => DiskDevice.OpenDirectory(directory.Path));
        }

        Assert.Equal(before, Stamps(directory.Path));
        DiskDevice.OpenDirectory(directory.Path).Dispose();
    }

    [Fact]
    public void WhatIsNoDataDirectory_IsSaidToBeNone()
    {
        using var directory = new TemporaryDirectory();
        Assert.Contains("it is no data directory", Assert.Throws<UnusableStorageException>(() => StorageInspection.Run(directory.Path)).Message, StringComparison.Ordinal);
        var missing = Path.Combine(directory.Path, "nothing");
        Assert.Contains("there is no such file or directory", Assert.Throws<UnusableStorageException>(() => StorageInspection.Run(missing)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    // To the tick: of each file, and of the directory, which tells whether one came or went.
    private static List<(string, long, DateTime)> Stamps(string directory) =>
    [
        (directory, 0, Directory.GetLastWriteTimeUtc(directory)),
        .. Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal).Select(path => (path, new FileInfo(path).Length, File.GetLastWriteTimeUtc(path))),
    ];
}
