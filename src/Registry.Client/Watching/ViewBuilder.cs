using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>
/// Builds views from the messages of watch streams, one stream after the other. Pure: it does no I/O and knows no time.
/// Not safe for concurrent use; the views are.
/// </summary>
/// <remarks>
/// <para>
/// Three pictures are kept apart. The <b>working</b> picture is what the messages of the running stream make; it is thrown
/// away when the stream ends, so half a batch leaves no trace. The <b>resume</b> picture is the last Sync from which a new
/// stream can go on. <see cref="View"/> is what readers see.
/// </para>
/// <para>
/// The view moves only when a whole batch stands: while a topic waits for a snapshot because a message of it did not
/// apply, the batches are collected and the view stays at the last revision at which everything fitted. So readers never
/// see one half of a revision.
/// </para>
/// <para>
/// A stream that starts without a token tells everything anew and may take several batches for it. Until all that is
/// subscribed is there again the view stays as it was; otherwise every reconnect would look like a mass removal.
/// </para>
/// </remarks>
internal sealed class ViewBuilder
{
    /// <summary>A snapshot that was asked for comes with the next batch. After this many without it the stream is given up.</summary>
    public const int PatienceInBatches = 3;

    private readonly TopicTable<MappedApplication> _interfaces = new(item => item.Application);
    private readonly TopicTable<Instance> _applications = new(item => item.Id);

    // Those that came after Open are late. Silence about a topic that was held says nothing until what Open asked for is acknowledged; a topic
    // that is asked for later was not held, and its first data is all that there is to say of it.
    private readonly Dictionary<ulong, (TopicName Topic, bool IsLate)> _subscriptions = [];
    private readonly HashSet<ulong> _unacknowledged = [];

    // Of the open batch.
    private readonly Dictionary<TopicName, long> _receivedTo = [];
    private readonly List<SubscriptionEnded> _ended = [];
    private long _highestTo;

    // Of the stream.
    private readonly Dictionary<TopicName, int> _damaged = [];
    private readonly HashSet<TopicName> _touched = [];
    private readonly HashSet<TopicName> _replaced = [];
    private RegistryView _resume = RegistryView.Empty;
    private string _epoch = "";
    private long _revision;
    private bool _hasSynced;
    private bool _hasToken;
    private bool _tellsAnew;

    /// <summary>What readers see.</summary>
    public RegistryView View { get; private set; } = RegistryView.Empty;

    /// <summary>The ids of the subscriptions that the running stream has acknowledged and not ended since.</summary>
    public IEnumerable<ulong> Acknowledged => _subscriptions.Keys.Except(_unacknowledged);

    /// <summary>The view that an answer of Resolve makes: it is what a stream would have sent as its first batch.</summary>
    public static RegistryView Read(ResolveResponse answer)
    {
        var builder = new ViewBuilder();
        builder.Begin([]);
        foreach (var topic in answer.Interfaces)
        {
            builder.Receive(new WatchResponse { Interface = topic });
        }

        foreach (var topic in answer.Applications)
        {
            builder.Receive(new WatchResponse { Application = topic });
        }

        builder.Receive(new WatchResponse { Sync = answer.Sync ?? new Sync() });
        return builder.View;
    }

    /// <summary>
    /// Starts a stream. What an earlier one left unfinished is thrown away.
    /// </summary>
    /// <param name="subscriptions">What the stream subscribes to in its first message, by subscription id.</param>
    /// <param name="resume">Go on from the last Sync, if there is one; false: have everything told anew.</param>
    /// <returns>The first message of the stream, without <see cref="Open.Client"/>.</returns>
    public Open Begin(IEnumerable<KeyValuePair<ulong, TopicName>> subscriptions, bool resume = true)
    {
        if (!resume)
        {
            _resume = RegistryView.Empty;
        }

        _hasToken = _resume.Epoch.Length > 0;
        // Stays so over further streams until the view has moved: what was told anew may only be a part yet.
        _tellsAnew |= !_hasToken && View.Epoch.Length > 0;
        _hasSynced = false;
        (_epoch, _revision) = (_resume.Epoch, _resume.Revision);
        _interfaces.Reset(_resume.Interfaces);
        _applications.Reset(_resume.Applications);
        _damaged.Clear();
        _touched.Clear();
        _replaced.Clear();
        if (!ReferenceEquals(_resume, View))
        {
            // The view is not what this stream goes on from, so what it says may differ anywhere.
            _touched.UnionWith(View.Held);
        }

        ClearBatch();

        _subscriptions.Clear();
        _unacknowledged.Clear();
        var open = new Open();
        foreach (var (id, topic) in subscriptions)
        {
            _subscriptions.Add(id, (topic, IsLate: false));
            _unacknowledged.Add(id);
            open.Subscriptions.Add(topic.ToSubscribe(id));
        }

        if (_hasToken)
        {
            open.Token = new ResumeToken { Epoch = _resume.Epoch, Revision = _resume.Revision };
            open.Held.AddRange(_resume.Held.Select(topic => topic.ToTopic()));
        }

        return open;
    }

    /// <summary>
    /// Starts from a view that an earlier process has kept, before the first stream: readers see it, and the first stream goes on from it.
    /// </summary>
    public void Restore(RegistryView view)
    {
        View = view;
        _resume = view;
    }

    /// <summary>The running stream has been asked to follow one topic more.</summary>
    public void Subscribe(ulong id, TopicName topic)
    {
        _subscriptions.Add(id, (topic, IsLate: true));
        _unacknowledged.Add(id);
    }

    /// <summary>Whether a subscription of the running stream has been acknowledged and not ended since.</summary>
    public bool IsAcknowledged(ulong id) => _subscriptions.ContainsKey(id) && !_unacknowledged.Contains(id);

    /// <summary>Takes the next message of the stream.</summary>
    /// <returns>What a Sync has brought; null for every other message.</returns>
    /// <exception cref="WatchBreachException">The stream can't be trusted any more; begin another one without a token.</exception>
    public AppliedBatch? Receive(WatchResponse message)
    {
        switch (message.KindCase)
        {
            case WatchResponse.KindOneofCase.Interface:
                Receive(message.Interface);
                return null;
            case WatchResponse.KindOneofCase.Application:
                Receive(message.Application);
                return null;
            case WatchResponse.KindOneofCase.Subscribed:
                _unacknowledged.Remove(message.Subscribed.Id);
                return null;
            case WatchResponse.KindOneofCase.Unsubscribed:
                _unacknowledged.Remove(message.Unsubscribed.Id);
                _subscriptions.Remove(message.Unsubscribed.Id);
                return null;
            case WatchResponse.KindOneofCase.SubscriptionEnded:
                _unacknowledged.Remove(message.SubscriptionEnded.Id);
                _subscriptions.Remove(message.SubscriptionEnded.Id);
                _ended.Add(message.SubscriptionEnded);
                return null;
            case WatchResponse.KindOneofCase.Dropped:
                Drop(TopicName.From(message.Dropped.Topic));
                return null;
            case WatchResponse.KindOneofCase.Sync:
                return Apply(message.Sync);
            default:
                // A message of a later version of the protocol.
                return null;
        }
    }

    private void Receive(InterfaceTopic message)
    {
        var topic = TopicName.Interface(message.Namespace, message.Interface);
        Take(topic, message.Kind, message.To, _interfaces.Receive(
            new TopicPart<MappedApplication>(
                topic, message.Kind, message.From, message.To, message.Continued, message.More, message.Absent,
                message.Applications, message.RemovedApplications),
            StandsAt(topic)));
    }

    private void Receive(ApplicationTopic message)
    {
        var topic = TopicName.Application(message.Namespace, message.Application);
        Take(topic, message.Kind, message.To, _applications.Receive(
            new TopicPart<Instance>(
                topic, message.Kind, message.From, message.To, message.Continued, message.More, message.Absent,
                message.Instances, message.RemovedInstances),
            StandsAt(topic)));
    }

    // The base that a delta meets: what this batch has brought already, else the stream's last Sync. A damaged topic is
    // behind that, whatever the last Sync says, so no delta may apply to it.
    private long? StandsAt(TopicName topic) =>
        _damaged.ContainsKey(topic) ? null
        : _receivedTo.TryGetValue(topic, out var to) ? to
        : _revision;

    private void Take(TopicName topic, TopicMessageKind kind, long to, PartOutcome outcome)
    {
        switch (outcome)
        {
            case PartOutcome.Applied:
                _damaged.Remove(topic);
                _touched.Add(topic);
                if (kind == TopicMessageKind.Snapshot)
                {
                    _replaced.Add(topic);
                }

                _receivedTo[topic] = to;
                _highestTo = Math.Max(_highestTo, to);
                break;
            case PartOutcome.Inapplicable:
                _damaged.TryAdd(topic, 0);
                break;
            default:
                break;
        }
    }

    private void Drop(TopicName? dropped)
    {
        if (dropped is not { } topic)
        {
            return;
        }

        if (topic.Kind == TopicKind.Interface)
        {
            _interfaces.Drop(topic);
        }
        else
        {
            _applications.Drop(topic);
        }

        _damaged.Remove(topic);
        _receivedTo.Remove(topic);
        _touched.Add(topic);
    }

    private AppliedBatch Apply(Sync sync)
    {
        CheckOrder(sync);
        (_epoch, _revision, _hasSynced) = (sync.Epoch, sync.Revision, true);

        foreach (var topic in _interfaces.TakeUnfinished().Concat(_applications.TakeUnfinished()))
        {
            _damaged.TryAdd(topic, 0);
        }

        ImmutableArray<SubscriptionEnded> ended = [.. _ended];
        ClearBatch();

        var previous = View;
        var needed = AgeDamaged();
        ImmutableArray<TopicName> changed = [], replaced = [];
        if (_damaged.Count == 0)
        {
            var whole = new RegistryView(sync.Epoch, sync.Revision, _interfaces.Contents, _applications.Contents);

            // Resuming, the server is silent about what has not changed, so only its acknowledgement tells that a topic
            // stands at this Sync. Without a token it is silent about nothing that we hold.
            if (!_hasToken || _unacknowledged.All(id => _subscriptions[id].IsLate))
            {
                _resume = whole;
            }

            (changed, replaced) = Publish(whole);
        }

        return new AppliedBatch(sync.Revision, previous, View, changed, replaced, ended, needed);
    }

    private void CheckOrder(Sync sync)
    {
        var sameHistory = sync.Epoch == _epoch;
        if (_hasSynced && !sameHistory)
        {
            throw new WatchBreachException($"the epoch changed within a stream, from {_epoch} to {sync.Epoch}");
        }

        if (sameHistory && sync.Revision < _revision)
        {
            throw new WatchBreachException($"the revision fell from {_revision} to {sync.Revision}");
        }

        if (_highestTo > sync.Revision)
        {
            throw new WatchBreachException($"a batch brought a change of revision {_highestTo} and ended at {sync.Revision}");
        }
    }

    private ImmutableArray<TopicName> AgeDamaged()
    {
        if (_damaged.Count == 0)
        {
            return [];
        }

        var needed = ImmutableArray.CreateBuilder<TopicName>();
        foreach (var (topic, age) in _damaged.ToArray())
        {
            if (age == 0)
            {
                needed.Add(topic);
            }

            if (age >= PatienceInBatches)
            {
                throw new WatchBreachException($"a snapshot of {topic} was asked for and did not come");
            }

            _damaged[topic] = age + 1;
        }

        return needed.DrainToImmutable();
    }

    private (ImmutableArray<TopicName> Changed, ImmutableArray<TopicName> Replaced) Publish(RegistryView whole)
    {
        if (_tellsAnew)
        {
            if (!_subscriptions.Values.All(subscription => subscription.IsLate || whole.Covers(subscription.Topic)))
            {
                return ([], []);
            }

            // Nothing was dropped by name: what is not there now is what the server no longer tells.
            _tellsAnew = false;
            _touched.UnionWith(View.Held);
        }
        else if (whole.Epoch == View.Epoch && whole.Revision < View.Revision)
        {
            // Resumed at a server that is behind the one before: readers wait until it has caught up.
            return ([], []);
        }

        var before = View;
        View = whole;
        ImmutableArray<TopicName> changed = [.. _touched.Where(topic => IsDifferent(topic, before, whole))];
        ImmutableArray<TopicName> replaced = [.. _replaced];
        _touched.Clear();
        _replaced.Clear();
        return (changed, replaced);
    }

    private static bool IsDifferent(TopicName topic, RegistryView before, RegistryView after) => topic.Kind == TopicKind.Interface
        ? IsDifferent(before.Interfaces.GetValueOrDefault(topic), after.Interfaces.GetValueOrDefault(topic))
        : IsDifferent(before.Applications.GetValueOrDefault(topic), after.Applications.GetValueOrDefault(topic));

    private static bool IsDifferent<TItem>(TopicContent<TItem>? before, TopicContent<TItem>? after)
        where TItem : class =>
        before is null ? after is not null : !before.SaysTheSameAs(after);

    private void ClearBatch()
    {
        _receivedTo.Clear();
        _ended.Clear();
        _highestTo = 0;
    }
}
