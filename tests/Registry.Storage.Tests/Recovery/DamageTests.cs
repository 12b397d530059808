using System.Buffers.Binary;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Tests.Logs;
using Registry.Storage.Tests.Simulation;

namespace Registry.Storage.Tests.Recovery;

/// <summary>What a power cut tears is cut off; what else is wrong stops the start, and says where.</summary>
public sealed class DamageTests
{
    private const string First = "00000000000000000001.log";

    [Fact]
    public void Tail_CutAtAnyByteOfTheLastRecord_IsCutOff_AndTheLogGoesOn()
    {
        var whole = GivenLog.Written(3, out var written);
        var end = whole[First].Current.Length;
        var begin = EndOf(changes: 2);
        for (var length = begin; length < end; length++)
        {
            var disk = whole.Copy();
            disk[First].Truncate(length);
            var found = Recover(disk, out var log);
            Assert.Equal(written[..2], found);
            log.Put(log.History.FirstRevision);
            log.Dispose();
            Assert.Equal(3, Recover(disk, out log).Count);
            log.Dispose();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(27)]
    [InlineData(5_000)]
    public void Tail_OfZeros_IsCutOff(int zeros)
    {
        var disk = GivenLog.Written(3, out var written);
        disk[First].Write(new byte[zeros], disk[First].Current.Length);

        Assert.Equal(written, Recover(disk, out var log));
        log.Dispose();
    }

    [Fact]
    public void FlippedBit_BeforeALaterBatch_StopsTheStart_WhereverItIs()
    {
        var whole = GivenLog.Written(3, out _);
        for (var at = 0; at < EndOf(changes: 2); at++)
        {
            var disk = whole.Copy();
            var bad = (byte)(disk[First].Current[at] ^ 0x10);
            disk[First].Write([bad], at);
            var before = disk[First].Current;

            var refused = Assert.Throws<UnusableStorageException>(() => Recover(disk, out _));
            Assert.Contains($"/simulated/{First}: damaged at offset ", refused.Message, StringComparison.Ordinal);
            Assert.Same(before, disk[First].Current);
        }
    }

    [Fact]
    public void TornTail_OfASegmentThatIsNotTheLast_StopsTheStart()
    {
        var disk = GivenLog.Written(3, out _, segmentBytes: 1);
        disk[First].Truncate(disk[First].Current.Length - 1);

        Assert.Contains($"{First}: damaged at offset", Assert.Throws<UnusableStorageException>(() => Recover(disk, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingSegment_StopsTheStart_AlsoTheFirst()
    {
        foreach (var missing in new[] { First, "00000000000000000002.log" })
        {
            var disk = GivenLog.Written(3, out _, segmentBytes: 1);
            disk.Mount().Delete(missing);
            Assert.Contains("is missing", Assert.Throws<UnusableStorageException>(() => Recover(disk, out _)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void NewSegment_WhoseHeaderWasTorn_IsTakenAway()
    {
        for (var length = 0; length <= SegmentHeader.Size; length += 16)
        {
            var disk = GivenLog.Written(3, out var written);
            disk.Mount().Create("00000000000000000004.log").Write(new byte[length], 0);
            Assert.Equal(written, Recover(disk, out var log));
            Assert.Single(disk.Names);
            log.Dispose();
        }
    }

    // What a disk shows behind the end of what was synced may be what those blocks held before.
    [Fact]
    public void Tail_OfWholeRecordsThatStoodElsewhereInTheSegment_IsCutOff()
    {
        var disk = GivenLog.Written(3, out var written);
        var content = disk[First].Current;
        disk[First].Write(content[SegmentHeader.Size..], content.Length);

        Assert.Equal(written, Recover(disk, out var log));
        Assert.Equal(content.Length - SegmentHeader.Size, log.TornBytes);
        log.Dispose();
    }

    [Fact]
    public void NewerFormat_IsRefused_WithWhatToDo()
    {
        var disk = GivenLog.Written(1, out _);
        var header = disk[First].Current[..SegmentHeader.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(SegmentHeader.Size - 4), Checksum.Of(0, 0, header.AsSpan(0, SegmentHeader.Size - 4), []));
        disk[First].Write(header, 0);

        var refused = Assert.Throws<UnusableStorageException>(() => Recover(disk, out _));
        Assert.Contains("stands format 2 (this server reads up to 1), which a newer server has written", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RecordOfANewerServer_IsRefused_AlsoAtTheVeryEnd_AndNotCutOff()
    {
        var disk = GivenLog.Written(2, out _);
        var content = disk[First].Current;
        Assert.True(SegmentHeader.TryRead(content, out var header, out _));
        var begin = EndOf(changes: 1);
        var record = content[begin..];
        record[8] = RecordFrame.NewestVersion + 1;
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Checksum.Of(header.Salt, begin, record.AsSpan(0, 4), record.AsSpan(8)));
        disk[First].Write(record, begin);

        var refused = Assert.Throws<UnusableStorageException>(() => Recover(disk, out _));
        Assert.Contains($"{First}: at offset {begin} stands a record of type 2, version 2", refused.Message, StringComparison.Ordinal);
        Assert.Equal(content.Length, disk[First].Current.Length);
    }

    [Fact]
    public void RecordsOfAnotherSegment_BehindTheEnd_DoNotCount()
    {
        var disk = GivenLog.Written(2, out var written);
        var other = GivenLog.Written(5, out _);
        var end = disk[First].Current.Length;
        disk[First].Write(other[First].Current[end..], end);

        Assert.Equal(written, Recover(disk, out var log));
        log.Dispose();
    }

    [Fact]
    public void FileThatIsNoSegment_IsLeftAlone()
    {
        var disk = GivenLog.Written(2, out var written);
        disk.Mount().Create("notes.txt");

        Assert.Equal(written, Recover(disk, out var log));
        Assert.Contains("notes.txt", disk.Names);
        log.Dispose();
    }

    // Logs of the same changes are of the same length.
    private static int EndOf(int changes) => GivenLog.Written(changes, out _)[First].Current.Length;

    private static List<(long Revision, ChangeRecord Change)> Recover(SimulatedDisk disk, out DiskChangeLog log)
    {
        var found = new List<(long Revision, ChangeRecord Change)>();
        log = GivenLog.Open(disk, found: found);
        return found;
    }
}
