using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>
/// The server counts the reasons for which a topic is followed, and the client derives nothing: what nobody asks for any more is dropped
/// in the batch that ends the last reason, and only what is held is dropped.
/// </summary>
public sealed class Followed : IGuarantee
{
    public string Promise => "Followed: the client holds what its subscriptions stand for, and nothing else.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        foreach (var stream in recording.Streams)
        {
            var awaited = (stream.Open.Subscriptions ?? new Dictionary<ulong, string>()).Keys.ToHashSet();
            foreach (var batch in stream.Batches)
            {
                foreach (var (seen, known) in batch.Items)
                {
                    if (seen.Kind is ObservationKind.Subscribed or ObservationKind.SubscriptionEnded)
                        awaited.Remove(seen.Id);
                    if (seen.Kind == ObservationKind.Subscribed && batch.SubscribedBefore.ContainsKey(seen.Id))
                        yield return $"{stream.Name}: subscription {seen.Id} is acknowledged twice.";
                    if (seen.Kind == ObservationKind.Dropped && known is null)
                        yield return $"{stream.Name}: {seen.Topic} is dropped at Sync {batch.Revision} and was not held.";
                }

                // A large first answer may span batches: what is held from before may be followed by what is not acknowledged yet.
                if (awaited.Count > 0)
                    continue;
                var followed = batch.Followed();
                foreach (var topic in batch.After.Keys.Where(topic => !followed.Contains(topic)))
                    yield return $"{stream.Name}: {topic} is held at Sync {batch.Revision} and nobody asked for it.";
            }
        }
    }
}
