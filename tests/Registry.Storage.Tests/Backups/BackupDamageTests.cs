using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Registry.Storage.Backups;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Tests.Logs;
using Registry.Storage.Tests.Simulation;

namespace Registry.Storage.Tests.Backups;

/// <summary>What is no backup is found out, and nothing is made of it.</summary>
public sealed class BackupDamageTests
{
    private const string Epoch = "0123456789abcdef";
    private const uint Salt = 7;

    [Fact]
    public async Task EveryFlippedByte_AndEveryTruncation_IsFoundOut_WithFileAndOffset()
    {
        var whole = await GivenBackup.BytesAsync();
        Assert.Equal(3, GivenBackup.Check(whole).Applications);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= 0x10;
            Refused(flipped, $"/simulated/{GivenBackup.Name}: damaged at offset ");
            Refused(whole[..at], $"/simulated/{GivenBackup.Name}: damaged at offset ");
        }

        Refused([.. whole, 0], "damaged at offset");
        Refused([.. whole, .. whole], "damaged at offset");
    }

    [Fact]
    public async Task DamagedBackup_MakesNoDirectory()
    {
        using var directory = new TemporaryDirectory();
        var whole = await GivenBackup.BytesAsync();
        var (file, data) = (Path.Combine(directory.Path, "b"), Path.Combine(directory.Path, "data"));
        foreach (var at in new[] { 0, 70, whole.Length / 2, whole.Length - 1 })
        {
            var flipped = whole.ToArray();
            flipped[at] ^= 1;
            await File.WriteAllBytesAsync(file, flipped);
            var refused = Assert.Throws<UnusableStorageException>(() => BackupRestore.Run(file, data));
            Assert.StartsWith($"{file}: damaged at offset ", refused.Message, StringComparison.Ordinal);
            Assert.EndsWith("It is no backup: use another one", refused.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(data));
        }
    }

    [Fact]
    public async Task NewerFormat_IsRefused_WithWhatToDo()
    {
        var bytes = await GivenBackup.BytesAsync();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(SegmentHeader.Size - 4), Checksum.Of(0, 0, bytes.AsSpan(0, SegmentHeader.Size - 4), []));

        Refused(bytes, "stands format 2 (this server reads up to 1), which a newer server has written. Use the registry command that came with that server");
    }

    [Fact]
    public void PieceOfALog_IsNoBackup()
    {
        var log = GivenLog.Written(3, out _);
        Refused(log[SegmentName.Of(1)].Current, "it is a piece of a log, and no state snapshot");
    }

    // Whole by its checksums, and nothing that a registry can be.
    [Theory]
    [InlineData("", "")]
    [InlineData("counts", "it has 1 applications and 1 instances, and says 1 and 2")]
    [InlineData("records", "1 records were found, and 2 were written")]
    [InlineData("twice", "orders is there twice")]
    [InlineData("future", "orders is at revision 6, and the state at 5")]
    [InlineData("instance", "its instance a at 5")]
    [InlineData("incarnation", "instance a of incarnation 4 at revision 3")]
    [InlineData("build", "which it has not declared")]
    [InlineData("uses", "counts 2 instances of build")]
    [InlineData("name", "application: ")]
    [InlineData("epoch", "can't be the name of another epoch")]
    [InlineData("epochs", "can't go from revision 1 to")]
    [InlineData("unborn", "no epoch has revision 5")]
    [InlineData("header", "it begins as one at revision 4, and ends at 5")]
    [InlineData("parent", "it begins in epoch ")]
    [InlineData("bounds", "is out of bounds")]
    public void WhatNoRegistryCanBe_IsRefused(string wrong, string expected)
    {
        var instance = new InstanceRecord
        {
            Id = "a", LeaseId = ByteString.CopyFrom(new byte[16]), LeaseTtlTicks = 1, Revision = 3, Incarnation = 2, BuildId = Core.Instances.Build.Of(["x.X"]).Id,
        };
        var application = new ApplicationRecord
        {
            Namespace = "default", Application = "orders", Instances = { instance }, Builds = { new BuildUseRecord { Build = new BuildRecord { Interfaces = { "x.X" } }, Instances = 1 } },
        };
        var end = new SnapshotEndRecord { Records = 1, Applications = 1, Instances = 1, Epochs = { new EpochRecord { Epoch = Epoch, FirstRevision = 1 } } };
        var (revision, header, epoch, copies, at) = (5L, 5L, Epoch, 1, 4L);
        switch (wrong)
        {
            case "counts": end.Instances = 2; break;
            case "records": end.Records = 2; break;
            case "twice": (copies, end.Records, end.Applications, end.Instances) = (2, 2, 2, 2); break;
            case "future": at = 6; break;
            case "instance": instance.Revision = 5; break;
            case "incarnation": instance.Incarnation = 4; break;
            case "build": instance.BuildId = new string('a', 64); break;
            case "uses": application.Builds[0].Instances = 2; break;
            case "name": application.Application = "-"; break;
            case "epoch": end.Epochs.Insert(0, new EpochRecord { Epoch = Epoch, FirstRevision = 1 }); end.Epochs[1].FirstRevision = 2; break;
            case "epochs": end.Epochs.Insert(0, new EpochRecord { Epoch = "ffffffffffffffff", FirstRevision = 1, LastRevision = 1 }); break;
            case "unborn": end.Epochs[0].FirstRevision = 6; break;
            case "header": header = 4; break;
            case "parent": epoch = "ffffffffffffffff"; break;
            case "bounds": (revision, header) = (long.MaxValue - 1, long.MaxValue - 1); break;
        }

        var buffer = new ArrayBufferWriter<byte>();
        new SegmentHeader(epoch, header, header, Salt).Write(buffer.GetSpan(SegmentHeader.Size));
        buffer.Advance(SegmentHeader.Size);
        for (var copy = 0; copy < copies; copy++)
            RecordFrame.Add(buffer, Salt, buffer.WrittenCount, RecordType.Application, at, 0, application);
        RecordFrame.Add(buffer, Salt, buffer.WrittenCount, RecordType.SnapshotEnd, revision, 0, end);

        var bytes = buffer.WrittenSpan.ToArray();
        if (wrong.Length == 0)
            Assert.Equal(5, GivenBackup.Check(bytes).Revision);
        else
            Refused(bytes, expected);
    }

    private static void Refused(byte[] bytes, string expected)
    {
        var refused = Assert.Throws<UnusableStorageException>(() => GivenBackup.Check(bytes));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsContent);
        var disk = new SimulatedDisk();
        Assert.Throws<UnusableStorageException>(() => GivenBackup.Restore(bytes, disk));
        Assert.Empty(disk.Names);
    }
}
