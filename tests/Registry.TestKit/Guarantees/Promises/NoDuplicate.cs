using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>What a delta brings was not there before, what it removes was, and it does not begin behind what the client has reached.</summary>
public sealed class NoDuplicate : IGuarantee
{
    public string Promise => "No duplicate: what a delta brings was not there before.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return recording.Streams.SelectMany(stream => stream.Batches.SelectMany(Check).Select(broken => $"{stream.Name}: {broken}"));
    }

    private static IEnumerable<string> Check(ObservedBatch batch)
    {
        var reached = new Dictionary<string, long>(StringComparer.Ordinal);
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (seen, known) in batch.Items)
        {
            if (seen.Kind == ObservationKind.Dropped && !dropped.Add(seen.Topic!))
                yield return $"{seen.Topic} is dropped twice before Sync {batch.Revision}.";
            if (seen.Kind == ObservationKind.Delta)
            {
                var @base = reached.GetValueOrDefault(seen.Topic!, batch.Base);
                if (seen.To <= @base)
                    yield return $"{seen.Topic}: a delta {seen.From}..{seen.To} on {@base}.";
                foreach (var (name, content) in seen.Items ?? new Dictionary<string, string>())
                {
                    if (known?.Content.Items.GetValueOrDefault(name) == content)
                        yield return $"{seen.Topic}: a delta to {seen.To} brings {name}: {content}, which was there.";
                }

                foreach (var name in (seen.Removed ?? []).Where(name => known?.Content.Items.ContainsKey(name) != true))
                    yield return $"{seen.Topic}: a delta to {seen.To} removes {name}, which was not there.";
            }

            if (seen.Kind is ObservationKind.Delta or ObservationKind.Snapshot)
                reached[seen.Topic!] = seen.To;
        }
    }
}
