using Registry.Core;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Watching;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>
/// A watch inside the process, recorded as its client sees it. What comes may be distorted on the way: that is how the validators are
/// shown to see something.
/// </summary>
/// <param name="recorder">Where the observations go.</param>
/// <param name="registry">What is watched.</param>
/// <param name="client">The client's name.</param>
public sealed class RecordedWatch(WatchRecorder recorder, ServiceRegistry registry, string client)
{
    private readonly string _stream = recorder.NewStream(client);

    // Guards _held and _sync: the pump's thread writes them, the client's reads them when it resumes.
    private readonly Lock _gate = new();
    private readonly HashSet<Topic> _held = [];
    private long _sync = -1;
    private ulong _lastId;

    /// <summary>The far end, with its gate.</summary>
    public RecordingSink Sink { get; } = new();

    /// <summary>Makes of each batch what the client gets in its place. Default: the batch.</summary>
    public Func<WatchBatch, IEnumerable<WatchBatch>> Distortion { get; init; } = static batch => [batch];

    /// <summary>What a stream that goes on from here opens with. Null: there was no Sync yet.</summary>
    public WatchOpening? Token
    {
        get
        {
            lock (_gate)
                return _sync < 0 ? null : new WatchOpening { Epoch = registry.Epoch, Revision = _sync, Held = [.. _held] };
        }
    }

    /// <summary>Opens the stream with subscriptions 1, 2, ... to these topics.</summary>
    public void Open(WatchOpening? token, params IReadOnlyList<Topic> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var opening = (token ?? new WatchOpening()) with { Subscriptions = [.. topics.Select(topic => (++_lastId, topic))] };
        recorder.Add(new Observation
        {
            Stream = _stream,
            Kind = ObservationKind.Open,
            Epoch = opening.Epoch,
            To = opening.Revision,
            Held = [.. opening.Held.Select(Name)],
            Subscriptions = opening.Subscriptions.ToDictionary(s => s.Id, s => Name(s.Topic)),
        });
        foreach (var topic in opening.Held)
            _held.Add(topic);
        Sink.OnBatch = batch =>
        {
            foreach (var seen in Distortion(batch))
                Record(seen);
        };
        Sink.Open(registry, opening);
    }

    public async Task<ulong> SubscribeAsync(Topic topic)
    {
        var id = ++_lastId;
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Subscribe, Id = id, Topic = Name(topic) });
        await PostAsync(Sink.Stream.SubscribeAsync(id, topic, CancellationToken.None));
        return id;
    }

    public Task UnsubscribeAsync(ulong id)
    {
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Unsubscribe, Id = id });
        return PostAsync(Sink.Stream.UnsubscribeAsync(id, CancellationToken.None));
    }

    public Task RequestSnapshotAsync(Topic topic)
    {
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.RequestSnapshot, Topic = Name(topic) });
        return PostAsync(Sink.Stream.RequestSnapshotAsync(topic, CancellationToken.None));
    }

    /// <summary>Stops reading: the next batch is taken and stays in flight.</summary>
    public void Pause()
    {
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Pause });
        Sink.IsGated = true;
    }

    /// <summary>Reads again.</summary>
    public void Read()
    {
        Sink.IsGated = false;
        Sink.Release();
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Read });
    }

    public async Task CloseAsync(string reason)
    {
        await Sink.Stream.CloseAsync();
        Sink.MarkClosed();
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.End, Reason = reason });
    }

    // A client that reads nothing waits for room in the end. This one reads on while it waits.
    private async Task PostAsync(Task posted)
    {
        while (!posted.IsCompleted)
        {
            Sink.Release();
            Thread.Yield();
        }

        await posted;
    }

    private void Record(WatchBatch batch)
    {
        foreach (var item in batch.Items)
            recorder.Add(Of(item));
        recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Sync, Epoch = registry.Epoch, To = batch.Revision });
        lock (_gate)
        {
            foreach (var item in batch.Items)
            {
                if (item.Kind == WatchItemKind.Topic)
                    _held.Add(item.Message!.Topic);
                else if (item.Kind == WatchItemKind.Dropped)
                    _held.Remove(item.DroppedTopic);
            }

            _sync = batch.Revision;
        }
    }

    private Observation Of(WatchItem item) => item.Kind switch
    {
        WatchItemKind.Subscribed => new() { Stream = _stream, Kind = ObservationKind.Subscribed, Id = item.Id },
        WatchItemKind.Unsubscribed => new() { Stream = _stream, Kind = ObservationKind.Unsubscribed, Id = item.Id },
        WatchItemKind.SubscriptionEnded => new() { Stream = _stream, Kind = ObservationKind.SubscriptionEnded, Id = item.Id, Reason = item.Error!.Reason },
        WatchItemKind.Dropped => new() { Stream = _stream, Kind = ObservationKind.Dropped, Topic = Name(item.DroppedTopic) },
        _ => item.Message switch
        {
            ApplicationSnapshot told => Snapshot(told, told.Instances.ToDictionary(i => i.Id, ItemContent.Of)),
            MappingSnapshot told => Snapshot(told, told.Applications.ToDictionary(a => a.Application, a => ItemContent.OfBuilds(a.Builds))),
            ApplicationDelta told => Delta(told, told.Upserts.ToDictionary(i => i.Id, ItemContent.Of), told.Removals),
            MappingDelta told => Delta(told, told.Upserts.ToDictionary(a => a.Application, a => ItemContent.OfBuilds(a.Builds)), told.Removals),
            _ => throw new InvalidOperationException("no such kind of message"),
        },
    };

    private Observation Snapshot(TopicSnapshot told, Dictionary<string, string> items) => new()
    {
        Stream = _stream,
        Kind = ObservationKind.Snapshot,
        Topic = Name(told.Topic),
        To = told.Revision,
        IsAbsent = told.IsAbsent,
        Items = items,
    };

    private Observation Delta(TopicDelta told, Dictionary<string, string> upserts, IReadOnlyList<string> removals) => new()
    {
        Stream = _stream,
        Kind = ObservationKind.Delta,
        Topic = Name(told.Topic),
        From = told.From,
        To = told.To,
        Items = upserts,
        Removed = removals,
    };

    private static string Name(Topic topic) => topic.Kind == TopicKind.Interface
        ? TopicName.Interface(topic.Name.Namespace, topic.Name.Name)
        : TopicName.Application(topic.Name.Namespace, topic.Name.Name);
}
