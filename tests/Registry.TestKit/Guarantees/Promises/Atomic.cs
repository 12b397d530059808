using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>
/// One revision is never split over two batches: of the topics that it changed, and that the stream follows throughout, either all have
/// come by a Sync or none.
/// </summary>
public sealed class Atomic : IGuarantee
{
    public string Promise => "Atomic: one revision is never split over two batches.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return recording.Streams.SelectMany(
            stream => stream.Batches.Where(batch => batch.Sync.Epoch == recording.History.Epoch)
                .SelectMany(batch => Check(batch, recording.History))
                .Select(broken => $"{stream.Name}: {broken}"));
    }

    private static IEnumerable<string> Check(ObservedBatch batch, CommittedHistory history)
    {
        // Up to the next revision as well: a part that comes early is split off just as one that comes late.
        foreach (var (revision, topics) in history.Between(batch.Base, Math.Max(batch.Revision, batch.After.Values.Select(h => h.Revision).DefaultIfEmpty().Max())))
        {
            var followed = topics.Where(topic => batch.Before.ContainsKey(topic) && batch.After.ContainsKey(topic)).ToArray();
            var missing = followed.Where(topic => batch.After[topic].Revision < revision).ToArray();
            if (missing.Length > 0 && missing.Length < followed.Length)
                yield return $"{followed.Length - missing.Length} of {followed.Length} topics of revision {revision} came by Sync {batch.Revision}, without {missing[0]}.";
        }
    }
}
