using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>
/// After Sync R every topic that the stream follows stands exactly as it stood in the registry at R. A delta that does not reach back to
/// what the client has is a gap even where the content comes out right.
/// </summary>
public sealed class NoGap : IGuarantee
{
    public string Promise => "No gap: after Sync R every topic that the stream follows stands exactly as it stood in the registry at R.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return recording.Streams.SelectMany(
            stream => stream.Batches.SelectMany(batch => CheckState(batch, recording.History).Concat(CheckSteps(batch)))
                .Select(broken => $"{stream.Name}: {broken}"));
    }

    private static IEnumerable<string> CheckState(ObservedBatch batch, CommittedHistory history)
    {
        foreach (var topic in batch.Followed())
        {
            if (!batch.After.TryGetValue(topic, out var held))
                yield return $"{topic} is followed at Sync {batch.Revision} and was never told.";
            else if (batch.Sync.Epoch == history.Epoch && !held.Content.Equals(history.At(topic, batch.Revision)))
                yield return $"{topic} at Sync {batch.Revision}: the client has {held.Content}, the registry had {history.At(topic, batch.Revision)}.";
        }
    }

    private static IEnumerable<string> CheckSteps(ObservedBatch batch)
    {
        var reached = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (seen, known) in batch.Items.Where(i => i.Seen.Kind is ObservationKind.Delta or ObservationKind.Snapshot))
        {
            var @base = reached.GetValueOrDefault(seen.Topic!, batch.Base);
            if (seen.Kind == ObservationKind.Delta && known is null)
                yield return $"{seen.Topic}: a delta {seen.From}..{seen.To} and nothing to apply it to.";
            else if (seen.Kind == ObservationKind.Delta && seen.From > @base)
                yield return $"{seen.Topic}: a delta {seen.From}..{seen.To} on {@base}.";
            reached[seen.Topic!] = seen.To;
        }
    }
}
