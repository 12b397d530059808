using System.Collections.Immutable;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>
/// One stream, replayed: its batches, and what the client held before and after each. The replay forgives everything (a delta on
/// nothing applies to nothing); it is the validators that do not.
/// </summary>
public sealed class ObservedStream
{
    private readonly List<ObservedBatch> _batches = [];

    private ObservedStream(string name, IReadOnlyList<Observation> observations, Observation open)
    {
        Name = name;
        Observations = observations;
        Open = open;
    }

    public string Name { get; }

    public IReadOnlyList<Observation> Observations { get; }

    /// <summary>How it began.</summary>
    public Observation Open { get; }

    /// <summary>What ended with a Sync. What came after the last one is thrown away, as the protocol says.</summary>
    public IReadOnlyList<ObservedBatch> Batches => _batches;

    /// <summary>The token is of the history that is known, so what is held at it is known as well.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>It has not ended.</summary>
    public bool IsOpen => Observations[^1].Kind != ObservationKind.End;

    /// <summary>The client reads.</summary>
    public bool IsRead => Observations.LastOrDefault(o => o.Kind is ObservationKind.Pause or ObservationKind.Read)?.Kind != ObservationKind.Pause;

    internal static ObservedStream Replay(string name, IReadOnlyList<Observation> observations, CommittedHistory history)
    {
        var open = observations[0];
        if (open.Kind != ObservationKind.Open)
            throw new FormatException($"stream {name} begins with {open}");
        var stream = new ObservedStream(name, observations, open) { IsResumed = open.Epoch is not null && open.Epoch == history.Epoch };
        var asked = new Dictionary<ulong, string>(open.Subscriptions ?? new Dictionary<ulong, string>());
        var subscribed = ImmutableDictionary<ulong, string>.Empty;
        var held = ImmutableDictionary<string, HeldTopic>.Empty;
        foreach (var topic in open.Epoch is null ? [] : open.Held ?? [])
        {
            held = held.Add(topic, stream.IsResumed
                ? new HeldTopic(history.At(topic, open.To), history.LastChange(topic, open.To))
                : new HeldTopic(TopicContent.Absent, 0));
        }

        var items = new List<ObservedItem>();
        var (before, subscribedBefore) = (held, subscribed);
        var sync = stream.IsResumed ? open.To : -1;
        foreach (var seen in observations)
        {
            switch (seen.Kind)
            {
                case ObservationKind.Subscribe:
                    asked[seen.Id] = seen.Topic!;
                    break;
                case ObservationKind.Subscribed:
                    subscribed = subscribed.SetItem(seen.Id, asked.GetValueOrDefault(seen.Id) ?? $"subscription {seen.Id}, which nobody asked for");
                    items.Add(new ObservedItem(seen, null));
                    break;
                case ObservationKind.Unsubscribed or ObservationKind.SubscriptionEnded:
                    subscribed = subscribed.Remove(seen.Id);
                    items.Add(new ObservedItem(seen, null));
                    break;
                case ObservationKind.Snapshot or ObservationKind.Delta:
                    var known = held.GetValueOrDefault(seen.Topic!);
                    items.Add(new ObservedItem(seen, known));
                    held = held.SetItem(seen.Topic!, Apply(seen, known));
                    break;
                case ObservationKind.Dropped:
                    items.Add(new ObservedItem(seen, held.GetValueOrDefault(seen.Topic!)));
                    held = held.Remove(seen.Topic!);
                    break;
                case ObservationKind.Sync:
                    // An absence whose revision has been forgotten is as fresh as its Sync.
                    foreach (var told in items.Where(i => i.Seen is { Kind: ObservationKind.Snapshot, IsAbsent: true, To: 0 }))
                        held = held.SetItem(told.Seen.Topic!, new HeldTopic(TopicContent.Absent, seen.To));
                    stream._batches.Add(new ObservedBatch([.. items], seen, sync, before, held, subscribedBefore, subscribed));
                    items.Clear();
                    (before, subscribedBefore) = (held, subscribed);
                    sync = seen.To;
                    break;
            }
        }

        return stream;
    }

    private static HeldTopic Apply(Observation seen, HeldTopic? known)
    {
        IEnumerable<KeyValuePair<string, string>> items = seen.Items ?? ImmutableDictionary<string, string>.Empty;
        return seen.Kind == ObservationKind.Snapshot
            ? new HeldTopic(TopicContent.Of(items, seen.IsAbsent), seen.To)
            : new HeldTopic((known?.Content ?? TopicContent.Absent).With(items, seen.Removed ?? []), seen.To);
    }
}

/// <summary>A topic as a client holds it.</summary>
/// <param name="Content">What it holds.</param>
/// <param name="Revision">The revision that was told last.</param>
public sealed record HeldTopic(TopicContent Content, long Revision);

/// <summary>One message of a batch.</summary>
/// <param name="Seen">The message.</param>
/// <param name="Known">What the client held of its topic when it came; null: nothing.</param>
public sealed record ObservedItem(Observation Seen, HeldTopic? Known);

/// <summary>What a stream was told in one piece.</summary>
/// <param name="Items">The messages before the Sync, in order.</param>
/// <param name="Sync">The Sync.</param>
/// <param name="Base">The revision of the Sync before, or of the token; -1: there was none.</param>
/// <param name="Before">What was held before.</param>
/// <param name="After">What is held after it.</param>
/// <param name="SubscribedBefore">The subscriptions before it.</param>
/// <param name="Subscribed">The subscriptions after it.</param>
public sealed record ObservedBatch(
    IReadOnlyList<ObservedItem> Items,
    Observation Sync,
    long Base,
    IReadOnlyDictionary<string, HeldTopic> Before,
    IReadOnlyDictionary<string, HeldTopic> After,
    IReadOnlyDictionary<ulong, string> SubscribedBefore,
    IReadOnlyDictionary<ulong, string> Subscribed)
{
    public long Revision => Sync.To;

    /// <summary>The topics that the subscriptions stand for: what they name, and what their interfaces map to.</summary>
    public IReadOnlySet<string> Followed()
    {
        var followed = new HashSet<string>(Subscribed.Values, StringComparer.Ordinal);
        foreach (var topic in Subscribed.Values.Where(TopicName.IsInterface).Distinct())
        {
            foreach (var application in After.GetValueOrDefault(topic)?.Content.Items.Keys ?? [])
                followed.Add(TopicName.ApplicationOf(topic, application));
        }

        return followed;
    }
}
