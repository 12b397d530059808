using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>What a client says when it opens a stream. Immutable.</summary>
public sealed record WatchOpening
{
    /// <summary>The epoch of the last Sync that the client saw; null: it starts anew.</summary>
    public string? Epoch { get; init; }

    /// <summary>The revision of that Sync.</summary>
    public long Revision { get; init; }

    /// <summary>What the client held at that Sync.</summary>
    public IReadOnlyCollection<Topic> Held { get; init; } = [];

    /// <summary>The first subscriptions: the client's ids, growing, and their topics.</summary>
    public IReadOnlyList<(ulong Id, Topic Topic)> Subscriptions { get; init; } = [];
}
