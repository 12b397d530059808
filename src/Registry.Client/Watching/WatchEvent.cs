using System.Collections.Immutable;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>What a watch tells, in the order in which it happened.</summary>
internal abstract record WatchEvent
{
    private WatchEvent()
    {
    }

    /// <summary>A Sync has changed what is known.</summary>
    /// <param name="Previous">The view before.</param>
    /// <param name="View">The view now.</param>
    /// <param name="Topics">The topics that say something else than before.</param>
    /// <param name="Replaced">Topics of which a snapshot has come, not only steps.</param>
    public sealed record Changed(
        RegistryView Previous, RegistryView View, ImmutableArray<TopicName> Topics, ImmutableArray<TopicName> Replaced) : WatchEvent;

    /// <summary>
    /// The running stream follows these topics, and their data stands: from now on silence means that nothing has changed. Told of each
    /// topic once per stream, after the change that brought its data, if one did.
    /// </summary>
    public sealed record Followed(RegistryView View, ImmutableArray<TopicName> Topics) : WatchEvent;

    /// <summary>The server has ended a subscription. The watch goes on without it, over reconnects too.</summary>
    public sealed record Ended(TopicName Topic, SubscriptionEnded Cause) : WatchEvent;

    /// <summary>No stream, or no more. The view stays as it was; another attempt follows.</summary>
    /// <param name="Fault">Why.</param>
    /// <param name="RetryIn">When the next attempt starts.</param>
    public sealed record Interrupted(RegistryFault Fault, TimeSpan RetryIn) : WatchEvent;

    /// <summary>The first Sync of a stream: the watch is up to date with the server.</summary>
    /// <param name="Revision">Where it stands.</param>
    /// <param name="Resumed">It went on from a token; false: everything was told anew.</param>
    public sealed record Connected(long Revision, bool Resumed) : WatchEvent;
}
