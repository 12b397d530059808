using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Registry.Client.Retrying;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>
/// Follows topics over one stream at a time, and over as many streams as it takes. Topics may be added and taken away at any time and
/// from any thread; the events are one reader's.
/// </summary>
/// <remarks>
/// <para>
/// A stream that breaks, falls silent or breaks a promise is followed by another one, which goes on from the last Sync;
/// the view stays as it was meanwhile. Three cases start without a token: the server has not reached the token's revision
/// (OUT_OF_RANGE), the stream broke a promise of the protocol, and the very first stream of a session that restores nothing.
/// </para>
/// <para>
/// Messages are read no faster than the reader of the events takes them: a slow reader slows the stream down, and the
/// server merges what such a stream misses.
/// </para>
/// </remarks>
internal sealed class WatchSession
{
    // Guards what is subscribed, the builder and the running stream, so that ids go out in ascending order and no topic is asked for between
    // the reading of the subscriptions and the stream that carries them. Nobody reads these without it, but for the builder's view, which is
    // frozen. A leaf: no other lock is taken under it. Nothing awaits or calls out under it; sending only puts into the stream's outbox.
    private readonly Lock _gate = new();

    private readonly Func<Discovery.DiscoveryClient> _client;
    private readonly WatchOptions _options;
    private readonly TimeProvider _time;
    private readonly DecorrelatedBackoff _backoff;
    private readonly ViewBuilder _builder = new();

    // By subscription id: those that the server has not ended. Both owned by _gate.
    private readonly SortedDictionary<ulong, TopicName> _subscriptions = [];
    private readonly Dictionary<TopicName, Subscription> _byTopic = [];
    private ulong _lastId;
    private int _notFollowedYet;
    private WatchStream? _stream;

    public WatchSession(
        Discovery.DiscoveryClient client, IEnumerable<TopicName> topics, WatchOptions options, TimeProvider time, Random random)
        : this(() => client, topics, options, time, random)
    {
    }

    /// <param name="client">Is asked before each stream: the server to talk to next.</param>
    /// <param name="topics">What to follow from the start.</param>
    /// <param name="options">How to watch.</param>
    /// <param name="time">The clock of silences and waits.</param>
    /// <param name="random">Draws the waits.</param>
    /// <param name="restored">What an earlier process has kept: readers see it, and the first stream goes on from it. Null: nothing.</param>
    public WatchSession(
        Func<Discovery.DiscoveryClient> client,
        IEnumerable<TopicName> topics,
        WatchOptions options,
        TimeProvider time,
        Random random,
        RegistryView? restored = null)
    {
        _client = client;
        _options = options;
        _time = time;
        _backoff = new DecorrelatedBackoff(options.ShortestRetry, options.LongestRetry, random);
        if (restored is not null)
        {
            _builder.Restore(restored);
        }

        foreach (var topic in topics)
        {
            Subscribe(topic);
        }
    }

    /// <summary>What is known now.</summary>
    public RegistryView View
    {
        get
        {
            lock (_gate)
            {
                return _builder.View;
            }
        }
    }

    /// <summary>Follows one topic more, on the running stream or with the next. Followed already: nothing to do.</summary>
    public void Subscribe(TopicName topic)
    {
        lock (_gate)
        {
            if (_byTopic.ContainsKey(topic))
            {
                return;
            }

            var id = ++_lastId;
            _subscriptions.Add(id, topic);
            _byTopic.Add(topic, new Subscription(id));
            _notFollowedYet++;
            if (_stream is not null)
            {
                _builder.Subscribe(id, topic);
                _stream.Send(new WatchRequest { Subscribe = topic.ToSubscribe(id) });
            }
        }
    }

    /// <summary>Follows a topic no more. Not followed: nothing to do.</summary>
    public void Unsubscribe(TopicName topic)
    {
        lock (_gate)
        {
            if (_byTopic.Remove(topic, out var subscription))
            {
                _subscriptions.Remove(subscription.Id);
                _notFollowedYet -= subscription.IsFollowed ? 0 : 1;
                _stream?.Send(new WatchRequest { Unsubscribe = new Unsubscribe { Id = subscription.Id } });
            }
        }
    }

    /// <summary>
    /// Watches until cancelled, then ends without an exception. To be enumerated once.
    /// </summary>
    /// <exception cref="RpcException">The server refuses the watch and would refuse it again.</exception>
    public async IAsyncEnumerable<WatchEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resume = true;
        while (!cancellationToken.IsCancellationRequested)
        {
            var synced = false;
            StreamEnd? end = null;
            var stream = new WatchStream(_client(), _options.SignOfLife, _time, cancellationToken);
            await using (stream.ConfigureAwait(false))
            {
                var resuming = Open(stream, resume);
                while (end is null)
                {
                    (var batch, end) = await stream.NextAsync(Receive).ConfigureAwait(false);
                    if (batch is null)
                    {
                        continue;
                    }

                    if (!synced)
                    {
                        synced = true;
                        _backoff.Reset();
                        yield return new WatchEvent.Connected(batch.Revision, resuming);
                    }

                    foreach (var cause in batch.Ended)
                    {
                        if (Forget(cause.Id) is { } topic)
                        {
                            yield return new WatchEvent.Ended(topic, cause);
                        }
                    }

                    if (batch.Changed.Length > 0)
                    {
                        yield return new WatchEvent.Changed(batch.Previous, batch.View, batch.Changed, batch.Replaced);
                    }

                    if (NewlyFollowed(batch.View) is { Length: > 0 } followed)
                    {
                        yield return new WatchEvent.Followed(batch.View, followed);
                    }
                }

                Close();
            }

            if (cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            resume = !end.StartAnew;
            var wait = _backoff.Next(end.Fault.RetryAfter);
            yield return new WatchEvent.Interrupted(end.Fault, wait);
            await Task.Delay(wait, _time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool Open(WatchStream stream, bool resume)
    {
        lock (_gate)
        {
            var open = _builder.Begin(_subscriptions, resume);
            open.Client = _options.Client;
            foreach (var subscription in _byTopic.Values)
            {
                subscription.IsFollowed = false;
            }

            _notFollowedYet = _byTopic.Count;

            stream.Send(new WatchRequest { Open = open });
            _stream = stream;
            return open.Token is not null;
        }
    }

    private void Close()
    {
        lock (_gate)
        {
            _stream = null;
        }
    }

    private AppliedBatch? Receive(WatchResponse message)
    {
        lock (_gate)
        {
            var batch = _builder.Receive(message);
            foreach (var topic in batch?.SnapshotsNeeded ?? [])
            {
                _stream!.Send(new WatchRequest { RequestSnapshot = new RequestSnapshot { Topic = topic.ToTopic() } });
            }

            return batch;
        }
    }

    private TopicName? Forget(ulong id)
    {
        lock (_gate)
        {
            if (!_subscriptions.Remove(id, out var topic))
            {
                return null;
            }

            _byTopic.Remove(topic, out var subscription);
            _notFollowedYet -= subscription!.IsFollowed ? 0 : 1;
            return topic;
        }
    }

    private ImmutableArray<TopicName> NewlyFollowed(RegistryView view)
    {
        lock (_gate)
        {
            if (_notFollowedYet == 0)
            {
                return [];
            }

            var followed = ImmutableArray.CreateBuilder<TopicName>();
            foreach (var (topic, subscription) in _byTopic)
            {
                if (!subscription.IsFollowed && _builder.IsAcknowledged(subscription.Id) && view.Covers(topic))
                {
                    subscription.IsFollowed = true;
                    _notFollowedYet--;
                    followed.Add(topic);
                }
            }

            return followed.DrainToImmutable();
        }
    }

    private sealed class Subscription(ulong id)
    {
        public ulong Id => id;

        // On the running stream: acknowledged, with its data. From then on silence means that nothing has changed.
        public bool IsFollowed { get; set; }
    }
}
