using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>A Sync comes at least every interval to a stream that is read, whether something changed or not.</summary>
/// <param name="interval">The server's option.</param>
/// <param name="patience">What the way to the client may take besides.</param>
public sealed class Bookmarked(TimeSpan interval, TimeSpan patience) : IGuarantee
{
    public string Promise => $"Bookmarked: a Sync comes at least every {interval.TotalSeconds} s.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        var limit = (interval + patience).TotalMilliseconds;
        foreach (var stream in recording.Streams)
        {
            var isRead = true;
            var since = stream.Open.At;
            foreach (var seen in stream.Observations.Where(o => o.Kind is ObservationKind.Sync or ObservationKind.Pause or ObservationKind.Read or ObservationKind.End))
            {
                if (isRead && seen.At - since > limit)
                    yield return $"{stream.Name}: nothing for {seen.At - since} ms before {seen.Kind} {seen.To}.";
                since = seen.At;
                isRead = seen.Kind switch { ObservationKind.Pause => false, ObservationKind.Read => true, _ => isRead };
            }

            if (isRead && stream.IsOpen && recording.EndedAt - since > limit)
                yield return $"{stream.Name}: nothing for {recording.EndedAt - since} ms before the end.";
        }
    }
}
