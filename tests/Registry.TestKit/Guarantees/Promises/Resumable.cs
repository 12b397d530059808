using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>
/// A stream that is opened with the last Sync and what was held at it is not told again what did not change. Except on request, or where
/// the client left the topic meanwhile, or its mapping did. Nor is an absence counted: the registry forgets when a name went, so of what
/// is not there it always says so.
/// </summary>
public sealed class Resumable : IGuarantee
{
    public string Promise => "Resumable: what did not change since the token is not sent again.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return
            from stream in recording.Streams
            where stream.IsResumed
            from broken in Check(stream, recording.History)
            select $"{stream.Name}: {broken}";
    }

    private static IEnumerable<string> Check(ObservedStream stream, CommittedHistory history)
    {
        var token = stream.Open.To;
        var untouched = (stream.Open.Held ?? []).ToHashSet(StringComparer.Ordinal);
        foreach (var asked in stream.Observations.Where(o => o.Kind is ObservationKind.RequestSnapshot or ObservationKind.Subscribe))
            untouched.Remove(asked.Topic!);

        // Who unsubscribes may lose any topic, and get it anew with the next reason for it.
        var isSteady = !stream.Observations.Any(o => o.Kind == ObservationKind.Unsubscribe);
        foreach (var batch in stream.Batches)
        {
            // A mapping that changed may have let go of any application, and have taken it in again.
            if (!isSteady || history.Between(token, batch.Revision).Any(c => c.Topics.Any(TopicName.IsInterface)))
                untouched.RemoveWhere(topic => !TopicName.IsInterface(topic) && !batch.Subscribed.Values.Contains(topic));
            if (!isSteady)
                untouched.RemoveWhere(TopicName.IsInterface);
            foreach (var (seen, _) in batch.Items.Where(i => i.Seen.Kind is ObservationKind.Snapshot or ObservationKind.Delta))
            {
                if (untouched.Contains(seen.Topic!) && !seen.IsAbsent && seen.To <= token && history.LastChange(seen.Topic!, batch.Revision) <= token)
                    yield return $"{seen.Topic} of {seen.To} was sent, and the client had it at its token, {token}.";
                untouched.Remove(seen.Topic!);
            }
        }
    }
}
