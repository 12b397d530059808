namespace Registry.TestKit.Guarantees.Recording;

/// <summary>Collects what many clients see. Thread safe; the observations of one stream stay in the order in which they were given.</summary>
/// <param name="clock">Tells when something was seen. Its monotonic time alone is used.</param>
public sealed class WatchRecorder(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();

    // Guards _observations and _streams; nothing is taken or called inside but the clock.
    private readonly Lock _gate = new();
    private readonly List<Observation> _observations = [];
    private int _streams;

    /// <summary>The time as observations have it: milliseconds since the recorder was made.</summary>
    public long Now => (long)clock.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>A name for a new stream of a client.</summary>
    public string NewStream(string client)
    {
        lock (_gate)
            return $"{client}#{++_streams}";
    }

    public void Add(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        lock (_gate)
            _observations.Add(observation with { At = Now });
    }

    /// <summary>All that was seen so far, beside what was committed.</summary>
    /// <param name="history">What was committed.</param>
    /// <param name="isQuiet">Nothing changes any more, and everybody who reads has had the time to read all.</param>
    public WatchRecording Finish(CommittedHistory history, bool isQuiet)
    {
        lock (_gate)
            return new WatchRecording([.. _observations], history, isQuiet, Now);
    }
}
