using System.Collections.Immutable;
using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>How a stream stands.</summary>
public enum WatchStanding
{
    /// <summary>It has been told all there is.</summary>
    CaughtUp,

    /// <summary>Its last batch has not gone out yet.</summary>
    CatchingUp,

    /// <summary>Its last batch has not gone out for longer than a bookmark interval.</summary>
    Stalled,
}

/// <summary>A stream as the pump knew it at one moment. Immutable.</summary>
/// <param name="Standing">How it stands.</param>
/// <param name="LastSync">The revision of the last Sync that was handed to its sink; -1: none yet.</param>
/// <param name="Subscriptions">How many subscriptions it has.</param>
/// <param name="FollowedTopics">How many topics it follows, those that come with interfaces included.</param>
/// <param name="Topics">What some of its subscriptions are about, in the order of their ids.</param>
public sealed record WatchDescription(
    WatchStanding Standing, long LastSync, int Subscriptions, int FollowedTopics, ImmutableArray<Topic> Topics);

/// <summary>A question about one stream, answered by the pump. Null: the stream is over.</summary>
internal sealed class WatchInquiry(int maxTopics)
{
    // The asker goes on elsewhere: the pump's thread is for the streams.
    private readonly TaskCompletionSource<WatchDescription?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many topics are wanted at most: what bounds the time that the pump spends on it.</summary>
    public int MaxTopics => maxTopics;

    public Task<WatchDescription?> Answer => _answer.Task;

    public void Reply(WatchDescription? description) => _answer.TrySetResult(description);
}
