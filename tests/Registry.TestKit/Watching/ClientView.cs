using System.Collections.Concurrent;
using System.Collections.Immutable;
using Registry.Core;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.TestKit.Watching;

/// <summary>
/// What a client knows that does exactly what discovery.proto says, and no more: it applies snapshots and deltas by the from-to rule,
/// forgets what is dropped, takes a batch as a whole at its Sync, and derives nothing. Every promise of the stream that is broken
/// on the way becomes a sentence in <see cref="Violations"/>.
/// </summary>
public sealed class ClientView
{
    private readonly Dictionary<Topic, TopicView> _topics = [];
    // Asked by the client's thread while the pump's applies; all else is the pump's.
    private readonly ConcurrentDictionary<ulong, Topic> _asked = [];
    private readonly Dictionary<ulong, Topic> _subscribed = [];
    private readonly List<string> _violations = [];

    /// <summary>The revision of the last Sync; -1: none yet.</summary>
    public long Sync { get; private set; } = -1;

    /// <summary>Promises that were broken.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>The topics that are held.</summary>
    public IReadOnlyCollection<Topic> Held => _topics.Keys;

    /// <summary>The subscriptions that were acknowledged and have not ended.</summary>
    public IReadOnlyDictionary<ulong, Topic> Subscribed => _subscribed;

    /// <summary>A view that goes on from a token: what it held before, on a new stream with no subscriptions yet.</summary>
    public ClientView Resume()
    {
        var resumed = new ClientView { Sync = Sync };
        foreach (var (topic, view) in _topics)
            resumed._topics[topic] = view;
        return resumed;
    }

    /// <summary>Notes what a subscription id means. Before the request is sent.</summary>
    public void Ask(ulong id, Topic topic) => _asked[id] = topic;

    /// <summary>The state of a held topic; null: it is not held.</summary>
    public TopicView? Find(Topic topic) => _topics.GetValueOrDefault(topic);

    /// <summary>Applies a batch, as a whole.</summary>
    public void Apply(WatchBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Revision < Sync)
            Violate($"Ordered: Sync {batch.Revision} after Sync {Sync}");

        // Within the batch: what each topic was brought to, and what was dropped.
        var reached = new Dictionary<Topic, long>();
        var dropped = new HashSet<Topic>();
        foreach (var item in batch.Items)
        {
            switch (item.Kind)
            {
                case WatchItemKind.Subscribed:
                    _subscribed.Add(item.Id, _asked[item.Id]);
                    break;
                case WatchItemKind.Unsubscribed:
                    _subscribed.Remove(item.Id);
                    break;
                case WatchItemKind.SubscriptionEnded:
                    _subscribed.Remove(item.Id);
                    break;
                case WatchItemKind.Dropped:
                    if (!_topics.ContainsKey(item.DroppedTopic))
                        Violate($"{item.DroppedTopic} is dropped at {batch.Revision} and was not held");
                    if (!dropped.Add(item.DroppedTopic))
                        Violate($"{item.DroppedTopic} is dropped twice at {batch.Revision}");
                    break;
                default:
                    Apply(item.Message!, batch.Revision, reached);
                    break;
            }
        }

        foreach (var topic in dropped)
        {
            if (reached.ContainsKey(topic))
                Violate($"{topic} is told and dropped in one batch at {batch.Revision}");
            _topics.Remove(topic);
        }

        Sync = batch.Revision;
        CheckFollowed();
    }

    /// <summary>How what is held differs from what the registry holds now, as sentences. Of a quiet registry: nothing.</summary>
    public IReadOnlyList<string> DifferencesFrom(ServiceRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        var differences = new List<string>();
        foreach (var (topic, view) in _topics)
        {
            var actual = topic.Kind == TopicKind.Interface
                ? TopicView.Of(registry.ReadInterface(topic.Name))
                : TopicView.Of(registry.ReadApplication(topic.Name));
            if (!view.HasSameItems(actual))
                differences.Add($"{topic} at Sync {Sync}: the client has {view}, the registry {actual}");
        }

        return differences;
    }

    private void Apply(TopicMessage message, long sync, Dictionary<Topic, long> reached)
    {
        if (message is TopicSnapshot snapshot)
        {
            if (snapshot.Revision > sync)
                Violate($"{snapshot.Topic}: a snapshot of {snapshot.Revision} before Sync {sync}");
            // Revision 0 says "absent, and no change is known": the registry has forgotten when the name went.
            if (_topics.TryGetValue(snapshot.Topic, out var known) && snapshot.Revision < known.Revision && snapshot.Revision != 0)
                Violate($"{snapshot.Topic}: back in time, a snapshot of {snapshot.Revision} after {known.Revision}");
            if (reached.ContainsKey(snapshot.Topic))
                Violate($"{snapshot.Topic}: told twice in one batch at {sync}");
            _topics[snapshot.Topic] = TopicView.Of(snapshot);
            reached[snapshot.Topic] = snapshot.Revision;
            return;
        }

        var delta = (TopicDelta)message;
        if (!_topics.TryGetValue(delta.Topic, out var before))
        {
            Violate($"{delta.Topic}: a delta {delta.From}..{delta.To} and nothing to apply it to");
            return;
        }

        var @base = reached.TryGetValue(delta.Topic, out var inBatch) ? inBatch : Sync;
        if (@base < delta.From || @base >= delta.To)
            Violate($"{delta.Topic}: a delta {delta.From}..{delta.To} on base {@base}");
        if (delta.To > sync)
            Violate($"{delta.Topic}: a delta to {delta.To} before Sync {sync}");
        if (delta.To <= before.Revision)
            Violate($"{delta.Topic}: a delta to {delta.To} after {before.Revision} was told");
        _topics[delta.Topic] = before.With(delta);
        reached[delta.Topic] = delta.To;
    }

    // After a Sync the client holds what it asked for and what its interfaces map to, and nothing else: the server counts the
    // reasons, and a batch brings a mapping together with the applications that it names.
    private void CheckFollowed()
    {
        var expected = new HashSet<Topic>(_subscribed.Values);
        foreach (var topic in _subscribed.Values.Distinct())
        {
            if (topic.Kind != TopicKind.Interface || !_topics.TryGetValue(topic, out var view))
                continue;
            foreach (var application in view.Mapped.Keys)
                expected.Add(Topic.OfApplication(new QualifiedName(topic.Name.Namespace, application)));
        }

        foreach (var topic in expected.Where(t => !_topics.ContainsKey(t)))
            Violate($"{topic} is followed at Sync {Sync} and was never told");
        foreach (var topic in _topics.Keys.Where(t => !expected.Contains(t)))
            Violate($"{topic} is held at Sync {Sync} and nobody asked for it");
    }

    private void Violate(string what) => _violations.Add(what);
}

/// <summary>A topic as a client holds it. Immutable.</summary>
/// <param name="Topic">Which.</param>
/// <param name="Revision">The revision that was told last.</param>
/// <param name="Mapped">Of an interface: applications and their builds.</param>
/// <param name="Instances">Of an application: its instances.</param>
public sealed record TopicView(
    Topic Topic,
    long Revision,
    ImmutableSortedDictionary<string, string> Mapped,
    ImmutableSortedDictionary<string, Instance> Instances)
{
    private static readonly ImmutableSortedDictionary<string, string> NoMapped = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    private static readonly ImmutableSortedDictionary<string, Instance> NoInstances = ImmutableSortedDictionary.Create<string, Instance>(StringComparer.Ordinal);

    /// <summary>An interface or application of which nothing is known.</summary>
    public static TopicView Nothing(Topic topic) => new(topic, 0, NoMapped, NoInstances);

    /// <summary>A snapshot as a client takes it.</summary>
    public static TopicView Of(TopicSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var nothing = Nothing(snapshot.Topic) with { Revision = snapshot.Revision };
        return snapshot switch
        {
            MappingSnapshot mapping => nothing with { Mapped = NoMapped.AddRange(mapping.Applications.Select(Pair)) },
            ApplicationSnapshot application => nothing with { Instances = NoInstances.AddRange(application.Instances.Select(i => KeyValuePair.Create(i.Id, i))) },
            _ => throw new InvalidOperationException("no such kind of topic"),
        };
    }

    /// <summary>This after a step.</summary>
    public TopicView With(TopicDelta delta) => delta switch
    {
        MappingDelta mapping => this with
        {
            Revision = mapping.To,
            Mapped = Mapped.RemoveRange(mapping.Removals).SetItems(mapping.Upserts.Select(Pair)),
        },
        ApplicationDelta application => this with
        {
            Revision = application.To,
            Instances = Instances.RemoveRange(application.Removals).SetItems(application.Upserts.Select(i => KeyValuePair.Create(i.Id, i))),
        },
        _ => throw new InvalidOperationException("no such kind of topic"),
    };

    /// <summary>The same items, whatever the revision: the instances one by one as the registry made them.</summary>
    public bool HasSameItems(TopicView other) =>
        other is not null
        && Mapped.SequenceEqual(other.Mapped)
        && Instances.Count == other.Instances.Count
        && Instances.All(i => other.Instances.TryGetValue(i.Key, out var theirs) && ReferenceEquals(i.Value, theirs));

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Revision}: " + (Topic.Kind == TopicKind.Interface
            ? string.Join(' ', Mapped.Select(m => $"{m.Key}={m.Value}"))
            : string.Join(' ', Instances.Values.Select(i => $"{i.Id}@{i.Revision}")));

    private static KeyValuePair<string, string> Pair(MappedApplication mapped) =>
        KeyValuePair.Create(mapped.Application, string.Join(',', mapped.Builds.Select(b => b[..8])));
}
