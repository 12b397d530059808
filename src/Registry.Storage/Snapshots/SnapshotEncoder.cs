using System.Buffers;
using Registry.Core.Restoring;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Recovery;

namespace Registry.Storage.Snapshots;

/// <summary>Makes the bytes of a state snapshot: a header, the applications, and an end without which it is none.</summary>
internal static class SnapshotEncoder
{
    /// <summary>Encodes piece by piece, so that a registry of any size takes little memory.</summary>
    /// <param name="image">The registry.</param>
    /// <param name="epochs">The histories that led to it, oldest first; the last one is the present one.</param>
    /// <param name="taken">When it was taken, for people.</param>
    /// <param name="chunkBytes">About how long a piece is, in bytes; the last one may be shorter, and one record may be more.</param>
    /// <returns>The pieces in order. Each is valid until the next one is asked for.</returns>
    public static IEnumerable<ReadOnlyMemory<byte>> Encode(
        RegistryImage image, IEnumerable<LoggedEpoch> epochs, DateTimeOffset taken, int chunkBytes)
    {
        var buffer = new ArrayBufferWriter<byte>(chunkBytes);
        var end = new SnapshotEndRecord { TakenUnixMillis = taken.ToUnixTimeMilliseconds() };
        foreach (var epoch in epochs)
            end.Epochs.Add(new EpochRecord { Epoch = epoch.Epoch, FirstRevision = epoch.FirstRevision, LastRevision = epoch.LastRevision });

        long begin = 0;
        var salt = SegmentHeader.NewSalt();
        new SegmentHeader(end.Epochs[^1].Epoch, image.Revision, image.Revision, salt).Write(buffer.GetSpan(SegmentHeader.Size));
        buffer.Advance(SegmentHeader.Size);
        foreach (var application in image.Applications)
        {
            foreach (var record in SnapshotCodec.ToRecords(application))
            {
                RecordFrame.Add(buffer, salt, begin + buffer.WrittenCount, RecordType.Application, application.Revision, synced: 0, record);
                end.Records++;
                if (buffer.WrittenCount < chunkBytes)
                    continue;
                yield return buffer.WrittenMemory;
                begin += buffer.WrittenCount;
                buffer.ResetWrittenCount();
            }

            end.Applications++;
            end.Instances += application.Instances.Length;
        }

        RecordFrame.Add(buffer, salt, begin + buffer.WrittenCount, RecordType.SnapshotEnd, image.Revision, synced: 0, end);
        yield return buffer.WrittenMemory;
    }
}
