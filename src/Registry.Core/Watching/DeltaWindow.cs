namespace Registry.Core.Watching;

/// <summary>
/// Bounds the steps that all topics keep together: the oldest go first, whichever topic they are of. Owned by the pump.
/// </summary>
internal sealed class DeltaWindow(long maxBytes)
{
    private readonly Queue<(TopicFeed Feed, TopicDelta Step, int Size)> _steps = new();

    /// <summary>About how many bytes are kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>Keeps a step of a topic, and forgets what does not fit any more.</summary>
    public void Remember(TopicFeed feed, TopicDelta step)
    {
        feed.Remember(step);
        var size = step.Size;
        _steps.Enqueue((feed, step, size));
        Bytes += size;
        while (Bytes > maxBytes && _steps.TryDequeue(out var oldest))
        {
            Bytes -= oldest.Size;
            oldest.Feed.Forget(oldest.Step);
        }
    }
}
