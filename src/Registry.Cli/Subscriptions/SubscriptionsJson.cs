using System.Collections.Immutable;

namespace Registry.Cli.Subscriptions;

/// <summary>What <c>subs --output json</c> writes: one document, sorted by id.</summary>
internal sealed record SubscriptionsJson(ImmutableArray<WatchStreamJson> Streams);

/// <summary>One watch stream.</summary>
/// <param name="Id">The server's own, from 1 since its start.</param>
/// <param name="Client">What the client calls itself.</param>
/// <param name="Peer">Where its connection comes from.</param>
/// <param name="ConnectedMillis">For how long it has been open.</param>
/// <param name="State"><c>KEEPING_UP</c>, <c>CATCHING_UP</c> or <c>STALLED</c>.</param>
/// <param name="Revision">Of the last Sync that was written to it; -1: none yet.</param>
/// <param name="Subscriptions">How many it has.</param>
/// <param name="FollowedTopics">How many topics it follows, those that come with interfaces included.</param>
/// <param name="Topics">What up to 100 of its subscriptions are about.</param>
internal sealed record WatchStreamJson(
    long Id,
    string Client,
    string Peer,
    long ConnectedMillis,
    string State,
    long Revision,
    uint Subscriptions,
    uint FollowedTopics,
    ImmutableArray<TopicJson> Topics);

/// <summary>A topic; <c>kind</c> is <c>interface</c> or <c>application</c>.</summary>
internal sealed record TopicJson(string Kind, string Namespace, string Name);
