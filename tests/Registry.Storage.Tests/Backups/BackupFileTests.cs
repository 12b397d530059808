using Registry.Storage.Backups;
using Registry.Storage.Tests.Simulation;

namespace Registry.Storage.Tests.Backups;

/// <summary>A backup has its name when it is whole and durable, and never before.</summary>
public sealed class BackupFileTests
{
    [Fact]
    public async Task File_AfterAPowerCutAtAnyMoment_IsNotThere_OrWhole_OrTheOneBefore()
    {
        var (bytes, older) = (await GivenBackup.BytesAsync(), new byte[] { 1, 2, 3 });
        foreach (var replaces in new[] { false, true })
        {
            var random = new Random(1);
            var disk = new SimulatedDisk();
            if (replaces)
            {
                using var device = disk.Mount();
                var file = device.Create(GivenBackup.Name);
                file.Write(older, 0);
                file.Sync();
                device.SyncDirectory();
            }

            int absent = 0, whole = 0;
            disk.Operated = _ =>
            {
                for (var cut = 0; cut < 20; cut++)
                {
                    var found = disk.CutPower(random);
                    if (!found.Names.Contains(GivenBackup.Name))
                        absent++;
                    else if (!found[GivenBackup.Name].Current.SequenceEqual(older))
                        whole += GivenBackup.Check(found[GivenBackup.Name].Current).Revision > 0 ? 1 : 0;
                }
            };
            Save(disk, bytes);
            disk.Operated = null;
            Assert.Equal([GivenBackup.Name], disk.Names);
            Assert.Equal(bytes, disk[GivenBackup.Name].Current);
            Assert.True(whole > 0);
            Assert.Equal(!replaces, absent > 0);
        }
    }

    [Fact]
    public async Task File_ThatIsNotCompleted_OrNoBackup_LeavesNothing()
    {
        var bytes = await GivenBackup.BytesAsync();
        var disk = new SimulatedDisk();
        using (var file = BackupFile.Create(disk.Mount(), GivenBackup.Name))
            file.Write(bytes);
        Assert.Empty(disk.Names);

        Assert.Throws<UnusableStorageException>(() => Save(disk, bytes[..^1]));
        Assert.Empty(disk.Names);

        disk.Room = 10;
        Assert.Contains("can't be written", Assert.Throws<UnusableStorageException>(() => Save(disk, bytes)).Message, StringComparison.Ordinal);
        Assert.Empty(disk.Names);

        // What somebody who was killed has left.
        disk.Room = -1;
        disk.Mount().Create(GivenBackup.Name + ".partial").Write(new byte[5_000], 0);
        Save(disk, bytes);
        Assert.Equal([GivenBackup.Name], disk.Names);
    }

    [Fact]
    public async Task File_ThatIsReadBackOtherThanItWasWritten_IsNoBackup()
    {
        var bytes = await GivenBackup.BytesAsync();
        var disk = new SimulatedDisk();
        disk.Operated = what =>
        {
            var name = GivenBackup.Name + ".partial";
            if (what == $"sync {name}")
                disk[name].Write([(byte)(disk[name].Current[100] ^ 1)], 100);
        };
        Assert.Contains("damaged at offset", Assert.Throws<UnusableStorageException>(() => Save(disk, bytes)).Message, StringComparison.Ordinal);
        Assert.Empty(disk.Names);
    }

    private static void Save(SimulatedDisk disk, byte[] bytes)
    {
        using var file = BackupFile.Create(disk.Mount(), GivenBackup.Name);
        foreach (var chunk in bytes.Chunk(100))
            file.Write(chunk);
        file.Complete();
    }
}
