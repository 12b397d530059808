using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>What a <see cref="WatchItem"/> tells.</summary>
public enum WatchItemKind : byte
{
    /// <summary>A topic's whole state, or a step of it: <see cref="WatchItem.Message"/>.</summary>
    Topic,

    /// <summary>A subscription has begun: <see cref="WatchItem.Id"/>.</summary>
    Subscribed,

    /// <summary>A subscription has ended as asked: <see cref="WatchItem.Id"/>.</summary>
    Unsubscribed,

    /// <summary>A topic is no longer followed: <see cref="WatchItem.DroppedTopic"/>.</summary>
    Dropped,

    /// <summary>The registry has ended a subscription: <see cref="WatchItem.Id"/>, <see cref="WatchItem.Error"/>.</summary>
    SubscriptionEnded,
}

/// <summary>One message of a batch. Immutable.</summary>
public readonly struct WatchItem
{
    private WatchItem(WatchItemKind kind)
    {
        Kind = kind;
    }

    /// <summary>What this tells.</summary>
    public WatchItemKind Kind { get; }

    /// <summary>The state or step, shared with every other stream that gets it.</summary>
    public TopicMessage? Message { get; private init; }

    /// <summary>The subscription.</summary>
    public ulong Id { get; private init; }

    /// <summary>The topic that is dropped.</summary>
    public Topic DroppedTopic { get; private init; }

    /// <summary>Why the registry has ended the subscription.</summary>
    public RegistryError? Error { get; private init; }

    internal static WatchItem OfTopic(TopicMessage message) => new(WatchItemKind.Topic) { Message = message };

    internal static WatchItem Subscribed(ulong id) => new(WatchItemKind.Subscribed) { Id = id };

    internal static WatchItem Unsubscribed(ulong id) => new(WatchItemKind.Unsubscribed) { Id = id };

    internal static WatchItem Dropped(Topic topic) => new(WatchItemKind.Dropped) { DroppedTopic = topic };

    internal static WatchItem SubscriptionEnded(ulong id, RegistryError error) => new(WatchItemKind.SubscriptionEnded) { Id = id, Error = error };
}
