using System.Collections.Immutable;
using Google.Protobuf;
using Grpc.Core;
using Registry.Protocol.V1;
using Registry.TestKit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>
/// A consumer that does what the proto tells a client to do, and nothing more: it applies each batch as a whole at its Sync. On the way
/// it holds the server to every promise that one stream can show, and breaks with the promise's name.
/// </summary>
internal sealed class Follower : IAsyncDisposable
{
    // What a part may be, and what its prefix and one item's rounding add.
    private const int MaxPartLength = 64 * 1024;

    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Action<ImmutableDictionary<Topic, TopicState>>? _synced;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableDictionary<Topic, TopicState> _held;
    private ImmutableDictionary<Topic, TopicState> _pending;
    private Topic? _inParts;
    private Exception? _end;
    private ulong _lastId;

    private Follower(
        Discovery.DiscoveryClient client,
        Open open,
        ImmutableDictionary<Topic, TopicState> held,
        CallOptions options,
        Action<ImmutableDictionary<Topic, TopicState>>? synced = null)
    {
        _synced = synced;
        _held = _pending = held;
        Token = open.Token;
        _lastId = open.Subscriptions.Select(s => s.Id).DefaultIfEmpty().Max();
        _call = client.Watch(options);
        Ended = ReadAsync(new WatchRequest { Open = open });
    }

    /// <summary>What is known of one topic.</summary>
    internal sealed record TopicState(long To, bool Absent, ImmutableSortedDictionary<string, IMessage> Items)
    {
        public static readonly ImmutableSortedDictionary<string, IMessage> Nothing = ImmutableSortedDictionary.Create<string, IMessage>(StringComparer.Ordinal);
    }

    /// <summary>Completes with what ended the stream: the status, or the promise that was broken. Null: the server ended it with OK.</summary>
    public Task<Exception?> Ended { get; }

    /// <summary>The last Sync.</summary>
    public ResumeToken? Token { get; private set; }

    public long Revision => Token?.Revision ?? -1;

    /// <summary>What stands at the last Sync.</summary>
    public ImmutableDictionary<Topic, TopicState> Held => _held;

    public int Syncs { get; private set; }

    public int Snapshots { get; private set; }

    public int Deltas { get; private set; }

    public int Parts { get; private set; }

    public ImmutableHashSet<ulong> Subscribed { get; private set; } = [];

    public ImmutableHashSet<ulong> Unsubscribed { get; private set; } = [];

    public ImmutableDictionary<ulong, SubscriptionEnded> SubscriptionsEnded { get; private set; } = ImmutableDictionary<ulong, SubscriptionEnded>.Empty;

    public ImmutableList<Topic> Dropped { get; private set; } = [];

    /// <summary>The batch of the last Sync, for tests that look at one closely.</summary>
    public ImmutableList<WatchResponse> LastBatch { get; private set; } = [];

    /// <summary>Opens a stream with subscriptions 1, 2, ... to these topics.</summary>
    public static Follower Open(Discovery.DiscoveryClient client, params Topic[] topics) => Open(client, null, topics);

    /// <summary>Opens a stream that goes on where another one ended.</summary>
    public static Follower Open(Discovery.DiscoveryClient client, Follower? before, params Topic[] topics)
    {
        var open = new Open { Client = "end-to-end tests" };
        for (var i = 0; i < topics.Length; i++)
            open.Subscriptions.Add(SubscribeTo((ulong)i + 1, topics[i]));
        if (before is not null)
        {
            open.Token = before.Token;
            open.Held.Add(before.Held.Keys);
        }

        return new Follower(client, open, before?.Held ?? ImmutableDictionary<Topic, TopicState>.Empty, default);
    }

    public static Follower Open(Discovery.DiscoveryClient client, Open open, CallOptions options = default) =>
        new(client, open, ImmutableDictionary<Topic, TopicState>.Empty, options);

    /// <summary>
    /// Opens a stream to another life of the server. What a life has shown and not kept is gone in the next one, and revisions of different
    /// epochs can't be compared: what is held is held at no revision.
    /// </summary>
    /// <param name="client">The next life.</param>
    /// <param name="before">A stream to an earlier one.</param>
    /// <param name="synced">Called at every Sync with what stands at it.</param>
    /// <param name="topics">What to subscribe to.</param>
    public static Follower OpenNextLife(
        Discovery.DiscoveryClient client, Follower before, Action<ImmutableDictionary<Topic, TopicState>> synced, params Topic[] topics)
    {
        var open = new Open { Client = "end-to-end tests", Token = before.Token };
        for (var i = 0; i < topics.Length; i++)
            open.Subscriptions.Add(SubscribeTo((ulong)i + 1, topics[i]));
        open.Held.Add(before.Held.Keys);
        var held = before.Held.ToImmutableDictionary(topic => topic.Key, topic => topic.Value with { To = 0 });
        return new Follower(client, open, held, default, synced);
    }

    public static Topic Interface(string name, string @namespace = "default") => new() { Namespace = @namespace, Interface = name };

    public static Topic Application(string name, string @namespace = "default") => new() { Namespace = @namespace, Application = name };

    public static Subscribe SubscribeTo(ulong id, Topic topic) => topic.KindCase == Topic.KindOneofCase.Interface
        ? new Subscribe { Id = id, Namespace = topic.Namespace, Interface = topic.Interface }
        : new Subscribe { Id = id, Namespace = topic.Namespace, Application = topic.Application };

    public async Task SendAsync(WatchRequest request)
    {
        // gRPC takes one write at a time.
        await _sending.WaitAsync();
        try
        {
            await _call.RequestStream.WriteAsync(request);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async Task<ulong> SubscribeAsync(Topic topic)
    {
        await SendAsync(new WatchRequest { Subscribe = SubscribeTo(++_lastId, topic) });
        return _lastId;
    }

    public Task UnsubscribeAsync(ulong id) => SendAsync(new WatchRequest { Unsubscribe = new Unsubscribe { Id = id } });

    public Task CompleteRequestsAsync() => _call.RequestStream.CompleteAsync();

    /// <summary>Waits for a Sync at which something holds.</summary>
    public async Task<Follower> UntilAsync(string phase, string expected, Func<Follower, bool> condition, TimeSpan? deadline = null)
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (condition(this))
                    return this;
                next = _next.Task;
            }

            if (Ended.IsCompleted)
                throw new InvalidOperationException($"{phase}: expected {expected}, actual: the stream ended; {this}", await Ended);
            await Within.DeadlineAsync(Task.WhenAny(next, Ended), phase, expected, ToString, deadline);
        }
    }

    public Task<Follower> ReachesAsync(long revision, string phase = "watch") =>
        UntilAsync(phase, $"a Sync at revision {revision} or later", f => f.Revision >= revision);

    public IReadOnlyList<Instance> Instances(string application, string @namespace = "default") =>
        _held.TryGetValue(Application(application, @namespace), out var state) ? [.. state.Items.Values.Cast<Instance>()] : [];

    public override string ToString() =>
        $"last Sync {Token?.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, {Syncs} Syncs, "
        + $"topics {string.Join(", ", _held.Select(t => $"{t.Key.Interface}{t.Key.Application}@{t.Value.To}({t.Value.Items.Count}{(t.Value.Absent ? ", absent" : "")})"))}, "
        + $"subscribed {string.Join(' ', Subscribed)}, ended: {(Ended.IsCompleted ? _end?.Message ?? "with OK" : "no")}";

    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await Within.DeadlineAsync(Ended, "end of a watch", "that the client's reading ends", ToString);
        _sending.Dispose();
    }

    private async Task<Exception?> ReadAsync(WatchRequest open)
    {
        try
        {
            await SendAsync(open);
            var batch = ImmutableList.CreateBuilder<WatchResponse>();
            await foreach (var message in _call.ResponseStream.ReadAllAsync())
            {
                batch.Add(message);
                if (message.KindCase != WatchResponse.KindOneofCase.Sync)
                {
                    Take(message);
                    continue;
                }

                lock (_gate)
                {
                    Apply(message.Sync, batch);
                    var waiting = _next;
                    _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    waiting.SetResult();
                }

                batch.Clear();
            }

            return null;
        }
        catch (Exception ended) when (ended is RpcException or BrokenPromiseException or IOException or InvalidOperationException)
        {
            return _end = ended;
        }
    }

    private void Take(WatchResponse message)
    {
        if (message.KindCase == WatchResponse.KindOneofCase.Application)
        {
            var part = message.Application;
            Take(
                message,
                Application(part.Application, part.Namespace),
                (part.Kind, part.From, part.To, part.Continued, part.More, part.Absent),
                part.Instances.Select(i => KeyValuePair.Create(i.Id, (IMessage)i)),
                part.RemovedInstances);
        }
        else if (message.KindCase == WatchResponse.KindOneofCase.Interface)
        {
            var part = message.Interface;
            Take(
                message,
                Interface(part.Interface, part.Namespace),
                (part.Kind, part.From, part.To, part.Continued, part.More, part.Absent),
                part.Applications.Select(a => KeyValuePair.Create(a.Application, (IMessage)a)),
                part.RemovedApplications);
        }
    }

    private void Take(
        WatchResponse message,
        Topic topic,
        (TopicMessageKind Kind, long From, long To, bool Continued, bool More, bool Absent) head,
        IEnumerable<KeyValuePair<string, IMessage>> items,
        IReadOnlyCollection<string> removed)
    {
        Parts++;
        Check(message.CalculateSize() <= MaxPartLength, $"a part is at most about 64 KiB, and one of {topic} has {message.CalculateSize()}");
        Check(head.Continued == (_inParts is not null), $"parts follow each other: {topic} continued={head.Continued} after {_inParts}");
        Check(_inParts is null || _inParts.Equals(topic), $"parts of one topic follow each other: {topic} within {_inParts}");
        _inParts = head.More ? topic : null;

        var known = _pending.GetValueOrDefault(topic);
        if (head.Kind == TopicMessageKind.Snapshot)
        {
            if (!head.Continued)
            {
                Snapshots++;
                Check(
                    known is null || head.To >= known.To || head.Absent,
                    $"a topic never goes back in time: {topic} from {known?.To} to {head.To}");
                known = null;
            }

            var content = (known?.Items ?? TopicState.Nothing).AddRange(items);
            Check(!head.Absent || content.IsEmpty, $"an absent topic is empty: {topic}");
            _pending = _pending.SetItem(topic, new TopicState(head.To, head.Absent, content));
            return;
        }

        Check(head.Kind == TopicMessageKind.Delta, $"a message about a topic is a snapshot or a delta: {topic} {head.Kind}");
        if (!head.Continued)
        {
            Deltas++;
            var isChained = known is not null && _held.GetValueOrDefault(topic) is var before && !ReferenceEquals(known, before);
            var at = isChained ? known!.To : Revision;
            Check(known is { Absent: false }, $"a delta has something to apply to: {topic}");
            Check(head.From <= at && at < head.To, $"a delta applies on what is held: {topic} ({head.From}, {head.To}] on {at}");
        }

        var next = known!.Items;
        foreach (var (key, item) in items)
        {
            Check(
                head.Continued || !next.TryGetValue(key, out var old) || !old.Equals(item),
                $"what a delta brings was not there before: {topic} {key}");
            next = next.SetItem(key, item);
        }

        foreach (var key in removed)
        {
            Check(next.ContainsKey(key), $"what a delta removes was there: {topic} {key}");
            next = next.Remove(key);
        }

        _pending = _pending.SetItem(topic, new TopicState(head.To, false, next));
    }

    private void Apply(Sync sync, ImmutableList<WatchResponse>.Builder batch)
    {
        Check(_inParts is null, $"a batch is whole: Sync {sync.Revision} within {_inParts}");
        Check(Token is null || Token.Epoch != sync.Epoch || sync.Revision >= Token.Revision, $"R never falls: {sync.Revision} after {Token?.Revision}");
        foreach (var message in batch)
        {
            switch (message.KindCase)
            {
                case WatchResponse.KindOneofCase.Application:
                    Check(message.Application.To <= sync.Revision, "a batch holds nothing newer than its Sync");
                    break;
                case WatchResponse.KindOneofCase.Interface:
                    Check(message.Interface.To <= sync.Revision, "a batch holds nothing newer than its Sync");
                    break;
                case WatchResponse.KindOneofCase.Subscribed:
                    Check(!Subscribed.Contains(message.Subscribed.Id), $"a subscription is acknowledged once: {message.Subscribed.Id}");
                    Subscribed = Subscribed.Add(message.Subscribed.Id);
                    break;
                case WatchResponse.KindOneofCase.Unsubscribed:
                    Unsubscribed = Unsubscribed.Add(message.Unsubscribed.Id);
                    break;
                case WatchResponse.KindOneofCase.SubscriptionEnded:
                    SubscriptionsEnded = SubscriptionsEnded.Add(message.SubscriptionEnded.Id, message.SubscriptionEnded);
                    break;
                case WatchResponse.KindOneofCase.Dropped:
                    var topic = message.Dropped.Topic;
                    Check(_pending.ContainsKey(topic), $"what is dropped was held: {topic}");
                    _pending = _pending.Remove(topic);
                    Dropped = Dropped.Add(topic);
                    break;
            }
        }

        _held = _pending;
        Token = new ResumeToken { Epoch = sync.Epoch, Revision = sync.Revision };
        Syncs++;
        LastBatch = batch.ToImmutable();
        _synced?.Invoke(_held);
    }

    private static void Check(bool kept, string promise)
    {
        if (!kept)
            throw new BrokenPromiseException(promise);
    }
}

/// <summary>The server has broken a promise of the proto; the message says which.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);
