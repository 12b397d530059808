using Registry.Protocol.V1;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>
/// Records a watch over gRPC: give it every message that the client sends and gets, in order. Parts of one message become one
/// observation. One stream; not thread safe but for asking and reading at the same time.
/// </summary>
/// <param name="recorder">Where the observations go.</param>
/// <param name="client">The client's name.</param>
public sealed class WireWatch(WatchRecorder recorder, string client)
{
    private readonly string _stream = recorder.NewStream(client);
    private readonly Dictionary<string, string> _items = new(StringComparer.Ordinal);
    private readonly List<string> _removed = [];

    /// <summary>Before the message is sent.</summary>
    public void Sent(WatchRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        switch (request.KindCase)
        {
            case WatchRequest.KindOneofCase.Open:
                recorder.Add(new Observation
                {
                    Stream = _stream,
                    Kind = ObservationKind.Open,
                    Epoch = request.Open.Token?.Epoch,
                    To = request.Open.Token?.Revision ?? 0,
                    Held = [.. request.Open.Held.Select(Name)],
                    Subscriptions = request.Open.Subscriptions.ToDictionary(s => s.Id, Name),
                });
                break;
            case WatchRequest.KindOneofCase.Subscribe:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Subscribe, Id = request.Subscribe.Id, Topic = Name(request.Subscribe) });
                break;
            case WatchRequest.KindOneofCase.Unsubscribe:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Unsubscribe, Id = request.Unsubscribe.Id });
                break;
            case WatchRequest.KindOneofCase.RequestSnapshot:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.RequestSnapshot, Topic = Name(request.RequestSnapshot.Topic) });
                break;
        }
    }

    /// <summary>After the message was read.</summary>
    public void Received(WatchResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        switch (response.KindCase)
        {
            case WatchResponse.KindOneofCase.Interface:
                var mapping = response.Interface;
                Told(
                    TopicName.Interface(mapping.Namespace, mapping.Interface),
                    (mapping.Kind, mapping.From, mapping.To, mapping.Continued, mapping.More, mapping.Absent),
                    mapping.Applications.Select(a => KeyValuePair.Create(a.Application, ItemContent.OfBuilds(a.BuildIds))),
                    mapping.RemovedApplications);
                break;
            case WatchResponse.KindOneofCase.Application:
                var application = response.Application;
                Told(
                    TopicName.Application(application.Namespace, application.Application),
                    (application.Kind, application.From, application.To, application.Continued, application.More, application.Absent),
                    application.Instances.Select(i => KeyValuePair.Create(i.Id, ItemContent.Of(i))),
                    application.RemovedInstances);
                break;
            case WatchResponse.KindOneofCase.Sync:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Sync, Epoch = response.Sync.Epoch, To = response.Sync.Revision });
                break;
            case WatchResponse.KindOneofCase.Subscribed:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Subscribed, Id = response.Subscribed.Id });
                break;
            case WatchResponse.KindOneofCase.Unsubscribed:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Unsubscribed, Id = response.Unsubscribed.Id });
                break;
            case WatchResponse.KindOneofCase.Dropped:
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.Dropped, Topic = Name(response.Dropped.Topic) });
                break;
            case WatchResponse.KindOneofCase.SubscriptionEnded:
                var ended = response.SubscriptionEnded;
                recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.SubscriptionEnded, Id = ended.Id, Reason = ended.Reason });
                break;
        }
    }

    /// <summary>The stream has ended, by either side.</summary>
    public void Ended(string reason) => recorder.Add(new Observation { Stream = _stream, Kind = ObservationKind.End, Reason = reason });

    /// <summary>What a topic message of a resolve says, for a history that is made of the server's own reads.</summary>
    public static (string Topic, TopicContent Content) Read(ApplicationTopic topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return (TopicName.Application(topic.Namespace, topic.Application), TopicContent.Of(topic.Instances.ToDictionary(i => i.Id, ItemContent.Of), topic.Absent));
    }

    /// <inheritdoc cref="Read(ApplicationTopic)"/>
    public static (string Topic, TopicContent Content) Read(InterfaceTopic topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return (
            TopicName.Interface(topic.Namespace, topic.Interface),
            TopicContent.Of(topic.Applications.ToDictionary(a => a.Application, a => ItemContent.OfBuilds(a.BuildIds)), topic.Absent));
    }

    private void Told(
        string topic,
        (TopicMessageKind Kind, long From, long To, bool Continued, bool More, bool Absent) head,
        IEnumerable<KeyValuePair<string, string>> items,
        IEnumerable<string> removed)
    {
        if (!head.Continued)
        {
            _items.Clear();
            _removed.Clear();
        }

        foreach (var (name, content) in items)
            _items[name] = content;
        _removed.AddRange(removed);
        if (head.More)
            return;
        recorder.Add(new Observation
        {
            Stream = _stream,
            Kind = head.Kind == TopicMessageKind.Delta ? ObservationKind.Delta : ObservationKind.Snapshot,
            Topic = topic,
            From = head.From,
            To = head.To,
            IsAbsent = head.Absent,
            Items = new Dictionary<string, string>(_items),
            Removed = [.. _removed],
        });
    }

    private static string Name(Topic topic) => topic.KindCase == Topic.KindOneofCase.Interface
        ? TopicName.Interface(Namespace(topic.Namespace), topic.Interface)
        : TopicName.Application(Namespace(topic.Namespace), topic.Application);

    private static string Name(Subscribe subscribe) => subscribe.KindCase == Subscribe.KindOneofCase.Interface
        ? TopicName.Interface(Namespace(subscribe.Namespace), subscribe.Interface)
        : TopicName.Application(Namespace(subscribe.Namespace), subscribe.Application);

    private static string Namespace(string name) => name.Length == 0 ? "default" : name;
}
