using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>The revision at which a topic is told never falls while the client holds it.</summary>
public sealed class NeverBackInTime : IGuarantee
{
    public string Promise => "Never back in time: what is told of a topic is never older than what was told of it before.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return
            from stream in recording.Streams
            from batch in stream.Batches
            from item in batch.Items
            where item.Seen.Kind is ObservationKind.Snapshot or ObservationKind.Delta
            let known = item.Known?.Revision ?? 0
            // 0 says "absent, and no change is known": the registry has forgotten when the name went.
            where item.Seen.To < known && item.Seen is not { IsAbsent: true, To: 0 }
            select $"{stream.Name}: {item.Seen.Topic} of {item.Seen.To} after {known} was told.";
    }
}
