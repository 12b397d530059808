using Registry.TestKit.Guarantees.Recording;

namespace Registry.Core.Tests.Guarantees;

/// <summary>
/// A recording written by hand. The history that all of them share: <c>orders</c> and <c>billing</c> come and change, interfaces
/// <c>x.A</c> and <c>x.B</c> change in one revision, twice, and end as they began.
/// </summary>
internal sealed class Told
{
    public const string Orders = "application default/orders";
    public const string A = "interface default/x.A";
    public const string B = "interface default/x.B";

    private readonly List<Observation> _seen = [];
    private string _stream = "";
    private long _at;

    /// <summary>1: orders has i. 2: both mappings name billing. 3: orders' i changes. 4: both mappings are gone. 5: both are back. 6: orders' j.</summary>
    public static CommittedHistory History()
    {
        var history = new CommittedHistory("e");
        history.Add(1, Changed((Orders, ["i=1"])));
        history.Add(2, Changed((A, ["billing=b"]), (B, ["billing=b"])));
        history.Add(3, Changed((Orders, ["i=3"])));
        history.Add(4, Changed((A, null), (B, null)));
        history.Add(5, Changed((A, ["billing=b"]), (B, ["billing=b"])));
        history.Add(6, Changed((Orders, ["i=3", "j=6"])));
        return history;
    }

    public Told Open(params string[] topics) => Open(0, [], topics);

    public Told Open(long token, string[] held, params string[] topics)
    {
        _stream = $"s{_seen.Count}";
        return Add(new Observation
        {
            Stream = _stream,
            Kind = ObservationKind.Open,
            Epoch = token > 0 ? "e" : null,
            To = token,
            Held = held,
            Subscriptions = topics.Select((topic, i) => (topic, Id: (ulong)i + 1)).ToDictionary(s => s.Id, s => s.topic),
        });
    }

    public Told Acknowledged(params ulong[] ids) =>
        ids.Aggregate(this, (told, id) => told.Add(new Observation { Stream = _stream, Kind = ObservationKind.Subscribed, Id = id }));

    public Told Unsubscribed(ulong id) => Add(new Observation { Stream = _stream, Kind = ObservationKind.Unsubscribed, Id = id });

    public Told Dropped(string topic) => Add(new Observation { Stream = _stream, Kind = ObservationKind.Dropped, Topic = topic });

    public Told Snapshot(string topic, long to, params string[] items) =>
        Add(new Observation { Stream = _stream, Kind = ObservationKind.Snapshot, Topic = topic, To = to, Items = Items(items) });

    public Told Absent(string topic, long to) =>
        Add(new Observation { Stream = _stream, Kind = ObservationKind.Snapshot, Topic = topic, To = to, IsAbsent = true });

    public Told Delta(string topic, long from, long to, params string[] items) => Add(new Observation
    {
        Stream = _stream, Kind = ObservationKind.Delta, Topic = topic, From = from, To = to,
        Items = Items(items.Where(i => i.Contains('=', StringComparison.Ordinal))),
        Removed = [.. items.Where(i => !i.Contains('=', StringComparison.Ordinal))],
    });

    public Told Sync(long revision) => Add(new Observation { Stream = _stream, Kind = ObservationKind.Sync, Epoch = "e", To = revision });

    public Told End() => Add(new Observation { Stream = _stream, Kind = ObservationKind.End });

    public Told Pause() => Add(new Observation { Stream = _stream, Kind = ObservationKind.Pause });

    public Told Read() => Add(new Observation { Stream = _stream, Kind = ObservationKind.Read });

    public Told After(long milliseconds)
    {
        _at += milliseconds;
        return this;
    }

    /// <summary>Through the line format and back, as a recording that comes from elsewhere.</summary>
    public WatchRecording Finish() => new(
        [.. _seen.Select(o => Observation.Parse(o.ToLine()))], CommittedHistory.Parse([.. History().ToLines()]), IsQuiet: true, _at);

    private static Dictionary<string, TopicContent> Changed(params (string Topic, string[]? Items)[] topics) =>
        topics.ToDictionary(t => t.Topic, t => t.Items is null ? TopicContent.Absent : TopicContent.Of(Items(t.Items)));

    private static Dictionary<string, string> Items(IEnumerable<string> items) => items.Select(i => i.Split('=')).ToDictionary(i => i[0], i => i[1]);

    private Told Add(Observation observation)
    {
        _seen.Add(observation with { At = _at });
        return this;
    }
}
