namespace Registry.TestKit.Guarantees.Recording;

/// <summary>What clients saw, and what was committed meanwhile: all that a guarantee can be checked against.</summary>
/// <param name="Observations">In order for each stream.</param>
/// <param name="History">What the registry committed.</param>
/// <param name="IsQuiet">At the end nothing changed any more, and everybody who reads had the time to read all.</param>
/// <param name="EndedAt">When the recording ended, in milliseconds of the recorder's clock.</param>
public sealed record WatchRecording(IReadOnlyList<Observation> Observations, CommittedHistory History, bool IsQuiet, long EndedAt)
{
    private IReadOnlyList<ObservedStream>? _streams;

    // A copy is made to change something, so what was worked out from the original is not taken along.
    private WatchRecording(WatchRecording original)
    {
        (Observations, History, IsQuiet, EndedAt) = original;
    }

    /// <summary>The streams, each replayed as a client would apply it.</summary>
    public IReadOnlyList<ObservedStream> Streams =>
        _streams ??= [.. Observations.GroupBy(o => o.Stream).Select(stream => ObservedStream.Replay(stream.Key, [.. stream], History))];
}
