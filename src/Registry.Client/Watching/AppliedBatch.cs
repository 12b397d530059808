using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>What a Sync has brought.</summary>
/// <param name="Revision">The Sync's.</param>
/// <param name="Previous">The view before.</param>
/// <param name="View">The view now; the same object as before if nothing became visible.</param>
/// <param name="Changed">The topics of which the view says something else than before, new and forgotten ones included.</param>
/// <param name="Replaced">The topics of which a snapshot has come: what is missing there now may never have been told as gone.</param>
/// <param name="Ended">Subscriptions that the server has ended.</param>
/// <param name="SnapshotsNeeded">Topics that could not be applied, to be asked for with RequestSnapshot. Each is named once.</param>
internal sealed record AppliedBatch(
    long Revision,
    RegistryView Previous,
    RegistryView View,
    ImmutableArray<TopicName> Changed,
    ImmutableArray<TopicName> Replaced,
    ImmutableArray<SubscriptionEnded> Ended,
    ImmutableArray<TopicName> SnapshotsNeeded);
