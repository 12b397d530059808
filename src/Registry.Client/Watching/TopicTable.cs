using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>What became of one topic message.</summary>
internal enum PartOutcome
{
    /// <summary>A part; the rest is to come.</summary>
    Incomplete,

    /// <summary>The message is whole and applied.</summary>
    Applied,

    /// <summary>It does not apply to what is held. The topic is as it was, and needs a snapshot.</summary>
    Inapplicable,
}

/// <summary>A topic message, or a part of one, whatever its items are.</summary>
internal readonly record struct TopicPart<TItem>(
    TopicName Topic,
    TopicMessageKind Kind,
    long From,
    long To,
    bool Continued,
    bool More,
    bool Absent,
    IReadOnlyList<TItem> Items,
    IReadOnlyList<string> Removed)
    where TItem : class;

/// <summary>
/// The topics of one kind while messages arrive: puts parts together and applies what is whole. Knows nothing of batches;
/// its owner says which base a delta meets, and throws the table away when a stream ends within a batch.
/// </summary>
internal sealed class TopicTable<TItem>(Func<TItem, string> key)
    where TItem : class
{
    private readonly Dictionary<TopicName, OpenMessage> _open = [];
    private ImmutableDictionary<TopicName, TopicContent<TItem>> _contents = ImmutableDictionary<TopicName, TopicContent<TItem>>.Empty;

    /// <summary>What is held, without the messages of which parts are missing.</summary>
    public ImmutableDictionary<TopicName, TopicContent<TItem>> Contents => _contents;

    /// <summary>Starts from these contents, with no message open.</summary>
    public void Reset(ImmutableDictionary<TopicName, TopicContent<TItem>> contents)
    {
        _open.Clear();
        _contents = contents;
    }

    /// <summary>Takes a message or a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="standsAt">The revision at which the topic stands, were it held: the base that a delta meets; null if no delta may apply.</param>
    public PartOutcome Receive(TopicPart<TItem> part, long? standsAt)
    {
        if (part.Kind is not (TopicMessageKind.Snapshot or TopicMessageKind.Delta))
        {
            // A kind of a later version. What it would have changed is unknown, so nothing after it can be trusted either.
            _open.Remove(part.Topic);
            return PartOutcome.Inapplicable;
        }

        if (!_open.Remove(part.Topic, out var open))
        {
            open = null;
        }

        if (!part.Continued)
        {
            // A message that starts over an unfinished one: the end of that is lost. A snapshot makes up for it, a delta does not.
            var lostOne = open is not null;
            open = new OpenMessage(part.Kind, part.From, part.To);
            if (lostOne && part.Kind == TopicMessageKind.Delta)
            {
                return PartOutcome.Inapplicable;
            }
        }
        else if (open is null || !open.IsContinuedBy(part))
        {
            return PartOutcome.Inapplicable;
        }

        open.Add(part);
        if (part.More)
        {
            _open.Add(part.Topic, open);
            return PartOutcome.Incomplete;
        }

        return open.Kind == TopicMessageKind.Snapshot ? ApplySnapshot(part.Topic, open) : ApplyDelta(part.Topic, open, standsAt);
    }

    /// <summary>Forgets a topic.</summary>
    public void Drop(TopicName topic)
    {
        _open.Remove(topic);
        _contents = _contents.Remove(topic);
    }

    /// <summary>The topics of which a message is unfinished; they are given up.</summary>
    public IReadOnlyCollection<TopicName> TakeUnfinished()
    {
        if (_open.Count == 0)
        {
            return [];
        }

        TopicName[] unfinished = [.. _open.Keys];
        _open.Clear();
        return unfinished;
    }

    private PartOutcome ApplySnapshot(TopicName topic, OpenMessage message)
    {
        var items = TopicContent<TItem>.NoItems.ToBuilder();
        foreach (var item in message.Items)
        {
            items[key(item)] = item;
        }

        _contents = _contents.SetItem(topic, new TopicContent<TItem>(message.To, message.Absent, items.ToImmutable()));
        return PartOutcome.Applied;
    }

    private PartOutcome ApplyDelta(TopicName topic, OpenMessage message, long? standsAt)
    {
        if (standsAt is not { } at || at < message.From || at >= message.To || !_contents.TryGetValue(topic, out var held))
        {
            return PartOutcome.Inapplicable;
        }

        var items = held.Items.ToBuilder();
        items.RemoveRange(message.Removed);
        foreach (var item in message.Items)
        {
            items[key(item)] = item;
        }

        _contents = _contents.SetItem(topic, new TopicContent<TItem>(message.To, message.Absent, items.ToImmutable()));
        return PartOutcome.Applied;
    }

    private sealed class OpenMessage(TopicMessageKind kind, long from, long to)
    {
        private readonly List<TItem> _items = [];
        private readonly List<string> _removed = [];

        public TopicMessageKind Kind => kind;

        public long To => to;

        public long From => from;

        public bool Absent { get; private set; }

        public IReadOnlyList<TItem> Items => _items;

        public IReadOnlyList<string> Removed => _removed;

        public bool IsContinuedBy(TopicPart<TItem> part) =>
            part.Kind == kind && part.To == to && (kind == TopicMessageKind.Snapshot || part.From == from);

        public void Add(TopicPart<TItem> part)
        {
            _items.AddRange(part.Items);
            _removed.AddRange(part.Removed);
            Absent |= part.Absent;
        }
    }
}
