using Google.Protobuf;
using Registry.Core.Instances;
using Registry.Storage.Devices;
using Registry.Storage.Format;
using Registry.Storage.Records;

namespace Registry.Storage.Snapshots;

/// <summary>Finds the state snapshot that a start begins with.</summary>
internal static class SnapshotReader
{
    /// <summary>
    /// The newest snapshot that is whole; null: none is. One that is not was being written when the power went, and then the log was not cut
    /// behind it; if the disk has damaged it since, the log says so: it begins later than what is left.
    /// </summary>
    /// <exception cref="UnusableStorageException">A snapshot is of a newer server.</exception>
    public static StateSnapshot? ReadNewest(IStorageDevice device)
    {
        foreach (var name in device.List().Where(SnapshotName.Matches).OrderDescending(StringComparer.Ordinal))
        {
            using var file = device.Open(name);
            var bytes = new byte[file.Length];
            if (file.Read(bytes, 0) == bytes.Length && TryRead(device.PathOf(name), name, bytes) is { } snapshot)
                return snapshot;
        }

        return null;
    }

    private static StateSnapshot? TryRead(string path, string name, byte[] bytes)
    {
        if (!SegmentHeader.TryRead(bytes, out var header, out var version))
            return null;
        if (version > SegmentHeader.Version)
            throw UnusableStorageException.Newer(path, 0, $"stands format {version} (this server reads up to {SegmentHeader.Version})");

        var applications = new List<ApplicationSnapshot>();
        for (var offset = SegmentHeader.Size; RecordFrame.TryRead(bytes.AsSpan(offset), header.Salt, out var frame); offset += frame.End)
        {
            if (frame.Version > RecordFrame.NewestVersion || frame.Type is not (RecordType.Application or RecordType.SnapshotEnd))
                throw UnusableStorageException.Newer(path, offset, $"stands a record of type {(int)frame.Type}, version {frame.Version}");
            var content = bytes.AsSpan(offset + RecordFrame.Size, frame.Length);
            try
            {
                if (frame.Type == RecordType.SnapshotEnd)
                {
                    var end = SnapshotEndRecord.Parser.ParseFrom(content);
                    return end.Applications == applications.Count && SnapshotName.Of(end.FromRevision) == name
                        ? new StateSnapshot(name, end, applications)
                        : throw new InvalidDataException($"{applications.Count} applications were found, and {end.Applications} were written");
                }

                applications.Add(SnapshotCodec.ToApplication(ApplicationRecord.Parser.ParseFrom(content), frame.Revision));
            }
            catch (Exception wrong) when (wrong is InvalidProtocolBufferException or InvalidDataException)
            {
                throw UnusableStorageException.Damaged(path, offset, wrong.Message.ReplaceLineEndings(" "));
            }
        }

        return null;
    }
}

/// <summary>A state snapshot.</summary>
/// <param name="Name">Its file.</param>
/// <param name="End">Where it stands.</param>
/// <param name="Applications">The applications, in no order, with all their revisions.</param>
internal sealed record StateSnapshot(string Name, SnapshotEndRecord End, IReadOnlyList<ApplicationSnapshot> Applications);
