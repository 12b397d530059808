using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Server.Errors;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Discovery;

/// <summary>The messages of a watch that are not about topics.</summary>
internal static class ControlFrames
{
    private static SyncFrame _lastSync = new("", -1, []);

    public static Wire.WatchResponse Of(in WatchItem item) => item.Kind switch
    {
        WatchItemKind.Subscribed => new() { Subscribed = new() { Id = item.Id } },
        WatchItemKind.Unsubscribed => new() { Unsubscribed = new() { Id = item.Id } },
        WatchItemKind.Dropped => new() { Dropped = new() { Topic = ToWire(item.DroppedTopic) } },
        WatchItemKind.SubscriptionEnded => new()
        {
            SubscriptionEnded = new()
            {
                Id = item.Id,
                Code = (int)StatusMap.StatusOf(item.Error!.Kind),
                Reason = item.Error.Reason,
                Message = item.Error.Message,
            },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(item), item.Kind, "topics are not control messages"),
    };

    /// <summary>
    /// A Sync as it stands on the wire. All streams that keep up get the same one, so the last is kept; two threads that replace it at
    /// the same time both have what they asked for.
    /// </summary>
    public static byte[] SyncAt(string epoch, long revision)
    {
        var last = Volatile.Read(ref _lastSync);
        if (last.Revision == revision && last.Epoch == epoch)
            return last.Frame;
        var frame = TopicEncoder.Frame(new() { Sync = new() { Epoch = epoch, Revision = revision } });
        Volatile.Write(ref _lastSync, new SyncFrame(epoch, revision, frame));
        return frame;
    }

    private static Wire.Topic ToWire(Topic topic) => topic.Kind == TopicKind.Interface
        ? new() { Namespace = topic.Name.Namespace, Interface = topic.Name.Name }
        : new() { Namespace = topic.Name.Namespace, Application = topic.Name.Name };

    private sealed record SyncFrame(string Epoch, long Revision, byte[] Frame);
}
