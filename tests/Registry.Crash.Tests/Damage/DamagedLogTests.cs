using System.Buffers.Binary;
using System.Globalization;
using Registry.Core;
using Registry.Crash.Tests.Servers;
using Registry.CrashServer.Logs;
using Registry.Storage;
using Registry.Storage.Format;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Damage;

/// <summary>
/// What no power cut leaves: the disk has lost or changed what it had said to be kept. The start is refused with one line that names the file
/// and the place, and nothing is changed, so that a copy or a human can still help.
/// </summary>
public sealed class DamagedLogTests : CrashTest
{
    private const int Instances = 12;
    private const int ManyInstances = 60;

    [Fact]
    public async Task BitFlippedInTheMiddle_IsRefusedWithFileAndOffset()
    {
        await FillAsync(CrashServers.AsShipped(Data), Instances);
        var segment = Assert.Single(DataFiles.Segments(Data));
        var bytes = await File.ReadAllBytesAsync(segment);
        var record = DataFiles.Records(bytes)[5];
        bytes[record + 40] ^= 0x10;
        await File.WriteAllBytesAsync(segment, bytes);
        await RefusesAsync(CrashServers.AsShipped(Data), $"{segment}: damaged at offset {record}:");
    }

    [Fact]
    public async Task AnyByteOfARecordInTheMiddle_Changed_IsRefused()
    {
        await FillAsync(CrashServers.AsShipped(Data), Instances);
        var segment = Assert.Single(DataFiles.Segments(Data));
        var bytes = await File.ReadAllBytesAsync(segment);
        var records = DataFiles.Records(bytes);
        for (var at = records[5]; at < records[6]; at++)
        {
            bytes[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(segment, bytes);
            var refused = Assert.Throws<UnusableStorageException>(() => DurableRegistry.Open(Data, new RegistryOptions(), new LogOptions(), TimeProvider.System).Dispose());
            Assert.Contains($"{segment}: damaged at offset {records[5].ToString(CultureInfo.InvariantCulture)}:", refused.Message, StringComparison.Ordinal);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(segment));
            bytes[at] ^= (byte)(1 << (at % 8));
        }
    }

    [Fact]
    public async Task SegmentInTheMiddle_Missing_IsRefused()
    {
        var launch = CrashServers.OnDisk(Data, logBytes: 1024).With(SmallLog.UncutVariable, "1");
        await FillAsync(launch, ManyInstances);
        var segments = DataFiles.Segments(Data);
        Assert.True(segments.Length > 3);
        File.Delete(segments[1]);
        await RefusesAsync(launch, $"{segments[2]}: damaged at offset 0:");
    }

    [Fact]
    public async Task FirstSegment_Missing_IsRefused()
    {
        var launch = CrashServers.OnDisk(Data, logBytes: 1024).With(SmallLog.UncutVariable, "1");
        await FillAsync(launch, ManyInstances);
        var segments = DataFiles.Segments(Data);
        File.Delete(segments[0]);
        await RefusesAsync(launch, $"{segments[1]}: damaged at offset 0:");
    }

    [Fact]
    public async Task SegmentInTheMiddle_CutShort_IsRefused()
    {
        var launch = CrashServers.OnDisk(Data, logBytes: 1024).With(SmallLog.UncutVariable, "1");
        await FillAsync(launch, ManyInstances);
        var segments = DataFiles.Segments(Data);
        var records = DataFiles.Records(await File.ReadAllBytesAsync(segments[1]));
        await using (var file = new FileStream(segments[1], FileMode.Open))
            file.SetLength(records[^2]);
        await RefusesAsync(launch, $"{segments[2]}: damaged at offset 0:");
    }

    [Fact]
    public async Task Snapshot_MissingAfterTheLogWasCut_IsRefused()
    {
        var launch = await FillAndCutAsync();
        foreach (var snapshot in DataFiles.Snapshots(Data))
            File.Delete(snapshot);
        await RefusesAsync(launch, $"{DataFiles.Segments(Data)[0]}: damaged at offset 0:");
    }

    [Fact]
    public async Task Snapshot_DamagedAfterTheLogWasCut_IsRefused()
    {
        var launch = await FillAndCutAsync();
        foreach (var snapshot in DataFiles.Snapshots(Data))
        {
            var bytes = await File.ReadAllBytesAsync(snapshot);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(snapshot, bytes);
        }

        await RefusesAsync(launch, $"{DataFiles.Segments(Data)[0]}: damaged at offset 0:");
    }

    [Fact]
    public async Task SegmentOfANewerServer_IsRefusedAndSaysSo()
    {
        await FillAsync(CrashServers.AsShipped(Data), Instances);
        var segment = Assert.Single(DataFiles.Segments(Data));
        var bytes = await File.ReadAllBytesAsync(segment);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), SegmentHeader.Version + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(SegmentHeader.Size - 4), Checksum.Of(0, 0, bytes.AsSpan(0, SegmentHeader.Size - 4), []));
        await File.WriteAllBytesAsync(segment, bytes);
        await RefusesAsync(CrashServers.AsShipped(Data), $"{segment}: at offset 0", "newer server");
    }

    [Fact]
    public async Task FilesThatDoNotBelongThere_AreLeftAlone()
    {
        var acknowledged = await FillAsync(CrashServers.AsShipped(Data), Instances);
        var segment = Assert.Single(DataFiles.Segments(Data));
        string[] strangers = ["notes.txt", "copy.log", Path.GetFileName(segment) + ".bak", "1.state", ".hidden"];
        foreach (var stranger in strangers)
            await File.WriteAllTextAsync(Path.Combine(Data, stranger), stranger);
        Directory.CreateDirectory(Path.Combine(Data, "lost+found"));

        await StartsWithAsync(CrashServers.AsShipped(Data), acknowledged);
        foreach (var stranger in strangers)
            Assert.Equal(stranger, await File.ReadAllTextAsync(Path.Combine(Data, stranger)));
        Assert.True(Directory.Exists(Path.Combine(Data, "lost+found")));
    }

    private async Task<ServerLaunch> FillAndCutAsync()
    {
        var launch = CrashServers.OnDisk(Data, logBytes: 1024);
        for (var life = 0; DataFiles.Snapshots(Data).Length == 0 || File.Exists(Path.Combine(Data, SegmentName.Of(1))); life++)
        {
            Assert.True(life < 20, "the log is never cut");
            await FillAsync(launch, ManyInstances, $"life{life}");
        }

        return launch;
    }

    private async Task RefusesAsync(ServerLaunch launch, params string[] said)
    {
        var before = DataFiles.Contents(Data);
        var line = await RefusedAsync(launch);
        Assert.All(said, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.Equal(before, DataFiles.Contents(Data));
    }
}
