using Registry.Core;
using Registry.Crash.Tests.Servers;
using Registry.Storage;
using Registry.Storage.Format;

namespace Registry.Crash.Tests.Damage;

/// <summary>What a power cut leaves at the end of the log, put there by hand: it is cut off, and nothing else is lost.</summary>
public sealed class TornTailTests : CrashTest
{
    private const int Instances = 12;

    // In the middle of a batch that was being written, a file may be longer by this.
    private const int TailBytes = 5_000;

    [Fact]
    public async Task ZerosBehindTheEnd_AreCutOff() => await TailIsCutOffAsync(new byte[TailBytes]);

    [Fact]
    public async Task GarbageBehindTheEnd_IsCutOff()
    {
        var garbage = new byte[TailBytes];
        new Random(4711).NextBytes(garbage);
        await TailIsCutOffAsync(garbage);
    }

    [Fact]
    public async Task LastRecord_TornAtAnyByte_IsCutOff_AndAllBeforeItIsThere()
    {
        var acknowledged = await FillAsync(CrashServers.AsShipped(Data), Instances);
        var last = acknowledged.MaxBy(pair => pair.Value);
        var before = acknowledged.Where(pair => pair.Key != last.Key).ToDictionary();
        var segment = Assert.Single(DataFiles.Segments(Data));
        var bytes = await File.ReadAllBytesAsync(segment);
        var records = DataFiles.Records(bytes);
        var (start, end) = (records[^2], records[^1]);

        // Behind it there are the zeros that were made ahead.
        Assert.Equal(-1, bytes.AsSpan(end).IndexOfAnyExcept((byte)0));
        bytes = bytes[..end];

        var image = Path.Combine(Above, "image");
        for (var kept = start; kept < end; kept++)
        {
            // Shorter, or as long as it was with zeros where the rest did not arrive. A rest that is all zeros is no loss.
            foreach (var torn in new[] { bytes[..kept], [.. bytes[..kept], .. new byte[end - kept]] })
            {
                if (torn.AsSpan().SequenceEqual(bytes))
                    continue;
                DataFiles.Copy(Data, image);
                await File.WriteAllBytesAsync(Path.Combine(image, Path.GetFileName(segment)), torn);
                using var durable = DurableRegistry.Open(image, new RegistryOptions(), new LogOptions(), TimeProvider.System);
                var found = durable.Registry.Applications.ReadAll().SelectMany(a => a.Instances).ToDictionary(i => i.Id, i => i.Revision);
                Assert.True(found.Count == before.Count && before.All(pair => found.GetValueOrDefault(pair.Key) == pair.Value), $"{kept - start} bytes kept: {string.Join(' ', found.Keys)}");
                Assert.Equal(torn.AsSpan(start).TrimEnd((byte)0).Length, durable.Recovery.TornBytes);
            }
        }

        foreach (var kept in new[] { start + 1, (start + end) / 2, end - 1 })
        {
            var processes = Path.Combine(Above, $"process-{kept}");
            DataFiles.Copy(Data, processes);
            await File.WriteAllBytesAsync(Path.Combine(processes, Path.GetFileName(segment)), bytes[..kept]);
            await StartsWithAsync(CrashServers.AsShipped(processes), before);
        }
    }

    [Fact]
    public async Task LastSegmentWithoutAHeader_IsMadeAgain()
    {
        var acknowledged = await FillAsync(CrashServers.AsShipped(Data), Instances);
        await File.WriteAllBytesAsync(Path.Combine(Data, SegmentName.Of(acknowledged.Values.Max() + 1)), []);
        await StartsWithAsync(CrashServers.AsShipped(Data), acknowledged);
    }

    private async Task TailIsCutOffAsync(byte[] tail)
    {
        var acknowledged = await FillAsync(CrashServers.AsShipped(Data), Instances);
        var segment = Assert.Single(DataFiles.Segments(Data));
        var end = DataFiles.Records(await File.ReadAllBytesAsync(segment))[^1];
        await using (var file = new FileStream(segment, FileMode.Open))
        {
            file.Position = end;
            await file.WriteAsync(tail);
        }

        await StartsWithAsync(CrashServers.AsShipped(Data), acknowledged);

        var bytes = await File.ReadAllBytesAsync(segment);
        Assert.True(DataFiles.Records(bytes)[^1] > end, "what was written afterwards does not follow the last whole record");
    }
}
