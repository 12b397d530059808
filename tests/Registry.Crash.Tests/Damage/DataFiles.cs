using Registry.Storage.Format;
using Registry.Storage.Snapshots;

namespace Registry.Crash.Tests.Damage;

/// <summary>The files of a data directory, for tests that spoil them.</summary>
internal static class DataFiles
{
    public static string[] Segments(string data) =>
        [.. Directory.EnumerateFiles(data).Where(path => SegmentName.TryRead(Path.GetFileName(path), out _)).Order(StringComparer.Ordinal)];

    public static string[] Snapshots(string data) => [.. Directory.EnumerateFiles(data).Where(path => SnapshotName.Matches(Path.GetFileName(path)))];

    /// <summary>Where the records of a segment begin, and, last, where the last one ends.</summary>
    public static int[] Records(byte[] segment)
    {
        Assert.True(SegmentHeader.TryRead(segment, out var header, out _));
        var offsets = new List<int> { SegmentHeader.Size };
        while (RecordFrame.TryRead(segment.AsSpan(offsets[^1]), header.Salt, offsets[^1], out var frame))
            offsets.Add(offsets[^1] + frame.End);
        return [.. offsets];
    }

    /// <summary>What is in each file, but for the one that says who holds the directory.</summary>
    public static SortedDictionary<string, string> Contents(string data) => new(
        Directory.EnumerateFiles(data)
            .Where(path => Path.GetFileName(path) != "lock.holder")
            .ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path))),
        StringComparer.Ordinal);

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFiles(from))
            File.Copy(path, Path.Combine(to, Path.GetFileName(path)), overwrite: true);
    }
}
