using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>R never falls on a stream, a resumed one begins no earlier than its token, and a batch holds nothing newer than its Sync.</summary>
public sealed class Ordered : IGuarantee
{
    public string Promise => "Ordered: R never falls on a stream.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        foreach (var stream in recording.Streams)
        {
            foreach (var batch in stream.Batches)
            {
                if (batch.Revision < batch.Base)
                    yield return $"{stream.Name}: Sync {batch.Revision} after {batch.Base}.";
                foreach (var (seen, _) in batch.Items.Where(i => i.Seen.Topic is not null && i.Seen.To > batch.Revision))
                    yield return $"{stream.Name}: {seen.Topic} of {seen.To} before Sync {batch.Revision}.";
            }
        }
    }
}
