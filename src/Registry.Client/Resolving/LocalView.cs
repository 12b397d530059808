using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Registry.Client.Caching;
using Registry.Client.Connecting;
using Registry.Client.Watching;

namespace Registry.Client.Resolving;

/// <summary>
/// What this process knows of the registry: a bounded number of topics, kept up to date over one stream, however many ask. Reading takes no
/// lock. The stream is there while a topic is followed.
/// </summary>
internal sealed partial class LocalView : IAsyncDisposable
{
    // Guards which topics there are, who follows them, and the session that watches them, so that a topic that leaves and one that comes
    // never pass each other: the last one to leave a topic and the next one to ask for it either share the subscription or each see their
    // own. Readers find topics without it, in _topics. Taken before the gates of a topic, of the session and of the pool; never after one.
    // Nothing awaits, calls out or does I/O under it: subscribing puts a message into the stream's outbox.
    private readonly Lock _gate = new();

    // Written under _gate, read without it. Bounded by MaxTopics.
    //
    // The story behind it: a proxy kept what it had looked up in a map without a bound, and a timer put an empty one in its place while
    // requests looked at it twice. Here the table is never replaced, a reader looks once, and what it finds is frozen.
    private readonly ConcurrentDictionary<TopicName, FollowedTopic> _topics = new();

    private readonly ServerPool _pool;
    private readonly LocalViewOptions _options;
    private readonly ViewFile? _file;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly ITimer _sweeper;
    private readonly ITimer? _saver;
    private readonly CancellationTokenSource _stopping = new();

    // What an earlier process has kept on disk.
    private readonly RegistryView? _cached;

    // Owned by _gate; a watch that was stopped looks at the first without it, to say no more.
    private volatile Watch? _watch;
    private RegistryView? _resumeFrom;
    private bool _isDisposed;

    // Replaced as a whole by the running watch; read without a lock.
    private volatile Standing _standing;
    private RegistryView? _toSave;
    private long _reconnects;

    public LocalView(
        ServerPool pool, LocalViewOptions options, ViewFile? file, RegistryView? cached, TimeProvider time, Random random, ILogger logger)
    {
        _pool = pool;
        _options = options;
        _file = file;
        _time = time;
        _random = random;
        _logger = logger;
        _standing = new Standing(RegistryConnectionState.Idle, time.GetTimestamp(), null);
        _cached = cached;
        _resumeFrom = _cached;
        _sweeper = time.CreateTimer(static state => ((LocalView)state!).Sweep(), this, options.SweepInterval, options.SweepInterval);
        _saver = file is null ? null
            : time.CreateTimer(static state => ((LocalView)state!).Save(), this, options.CacheInterval, options.CacheInterval);
    }

    /// <summary>How it stands to the registry.</summary>
    public RegistryConnectionStatus Status
    {
        get
        {
            var standing = _standing;
            return new RegistryConnectionStatus(standing.State, _time.GetElapsedTime(standing.Since), standing.Fault?.Describe());
        }
    }

    /// <summary>How many topics are followed.</summary>
    public int Count => _topics.Count;

    /// <summary>How many of them have no view, or one that nobody has confirmed.</summary>
    public int StaleCount => _topics.Values.Count(topic => topic.Latest.View is null or { IsStale: true });

    /// <summary>How often a stream has been lost.</summary>
    public long Reconnects => Volatile.Read(ref _reconnects);

    /// <summary>Finds a topic that is followed; null if it is not. Counts as a use. Takes no lock.</summary>
    public FollowedTopic? Find(TopicName topic)
    {
        if (!_topics.TryGetValue(topic, out var followed))
        {
            return null;
        }

        followed.LastUse = _time.GetTimestamp();
        return followed;
    }

    /// <summary>Follows a topic until <see cref="Leave"/>.</summary>
    /// <exception cref="RegistryException">All topics that fit are held by others.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public FollowedTopic Follow(TopicName name)
    {
        FollowedTopic topic;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RegistryClient));
            if (_topics.TryGetValue(name, out var followed))
            {
                followed.Followers++;
                return followed;
            }

            if (_topics.Count >= _options.MaxTopics)
            {
                MakeRoom();
            }

            topic = new FollowedTopic(name) { Followers = 1, LastUse = _time.GetTimestamp() };
            _topics[name] = topic;
            if (_watch is null)
            {
                _watch = new Watch(this, _resumeFrom);

                // At once: the watch before may not have said yet that it is over, and what the new one begins with would pass for confirmed.
                Stand(RegistryConnectionState.Connecting);
                _watch.Start();
            }

            _watch.Session.Subscribe(name);
        }

        // An application may be known already, because an interface has brought it.
        topic.Begin(CurrentView(), isStale: !IsConnected);
        if (_cached is not null)
        {
            topic.Begin(_cached, isStale: true);
        }

        return topic;
    }

    /// <summary>Ends one <see cref="Follow"/>. The last to leave lets the topic grow old, or closes it if it may not.</summary>
    public void Leave(FollowedTopic topic)
    {
        lock (_gate)
        {
            topic.LastUse = _time.GetTimestamp();
            if (--topic.Followers == 0 && !topic.IsGone && (topic.IsEnded || TimeToLiveOf(topic) == TimeSpan.Zero))
            {
                Remove(topic);
            }
        }
    }

    /// <summary>Whether an attempt to reach a server has failed since the stream was lost, or since nobody has answered yet.</summary>
    public RegistryFault? Outage => _standing is { State: not RegistryConnectionState.Connected, Fault: { } fault } ? fault : null;

    public async ValueTask DisposeAsync()
    {
        Watch? watch;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            watch = _watch;
            _watch = null;
        }

        await _sweeper.DisposeAsync().ConfigureAwait(false);
        if (_saver is not null)
        {
            await _saver.DisposeAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        if (watch is not null)
        {
            await watch.Ended.ConfigureAwait(false);
        }

        Save();
        _stopping.Dispose();
    }

    private bool IsConnected => _standing.State == RegistryConnectionState.Connected;

    private TimeSpan TimeToLiveOf(FollowedTopic topic) => topic.Latest.View is { Status: ServiceStatus.Unknown }
        ? _options.UnknownTimeToLive
        : _options.IdleTimeToLive;

    private RegistryView CurrentView()
    {
        lock (_gate)
        {
            return _watch?.Session.View ?? RegistryView.Empty;
        }
    }

    // Called under _gate.
    private void MakeRoom()
    {
        FollowedTopic? oldest = null;
        foreach (var topic in _topics.Values)
        {
            if (topic.Followers == 0 && (oldest is null || IsWantedLess(topic, oldest)))
            {
                oldest = topic;
            }
        }

        if (oldest is null)
        {
            throw new RegistryException(
                $"all {_options.MaxTopics} topics that {nameof(RegistryClientOptions.MaxTopics)} allows are held",
                new RegistryFault(StatusCode.ResourceExhausted, "LIMIT_TOPICS", nameof(RegistryClientOptions.MaxTopics), ""));
        }

        Remove(oldest);
    }

    // Names that nobody declares go first: they cost a request to learn again, and a caller with many wrong names must not drive out the
    // right ones of the others.
    private static bool IsWantedLess(FollowedTopic topic, FollowedTopic other)
    {
        var isUnknown = topic.Latest.View is { Status: ServiceStatus.Unknown };
        var otherIsUnknown = other.Latest.View is { Status: ServiceStatus.Unknown };
        return isUnknown != otherIsUnknown ? isUnknown : topic.LastUse < other.LastUse;
    }

    // Called under _gate.
    private void Remove(FollowedTopic topic)
    {
        topic.IsGone = true;
        _topics.TryRemove(topic.Topic, out _);
        _watch?.Session.Unsubscribe(topic.Topic);
        if (_topics.IsEmpty && _watch is { } watch)
        {
            // What it knew is where the next one goes on.
            _resumeFrom = watch.Session.View is { Epoch.Length: > 0 } view ? view : _resumeFrom;
            _watch = null;
            watch.Stop();
        }
    }

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        List<FollowedTopic> staying = [];
        lock (_gate)
        {
            foreach (var topic in _topics.Values)
            {
                if (topic.Followers == 0 && _time.GetElapsedTime(topic.LastUse, now) >= TimeToLiveOf(topic))
                {
                    Remove(topic);
                }
                else
                {
                    staying.Add(topic);
                    if (topic.IsEnded)
                    {
                        topic.IsEnded = false;
                        _watch?.Session.Subscribe(topic.Topic);
                    }
                }
            }
        }

        foreach (var topic in staying)
        {
            topic.ReleaseHeld(now);
        }
    }

    private void Save()
    {
        if (_file is not null && Interlocked.Exchange(ref _toSave, null) is { } view && !_file.TrySave(view))
        {
            // Whoever writes now writes an older one; the next round takes this, or one that is newer by then.
            Interlocked.CompareExchange(ref _toSave, view, null);
        }
    }

    private void Stand(RegistryConnectionState state, RegistryFault? fault = null)
    {
        if (_standing.State != state || _standing.Fault != fault)
        {
            var since = _standing.State == state ? _standing.Since : _time.GetTimestamp();
            _standing = new Standing(state, since, fault);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "watching the registry at {Server}, from revision {Revision} (resumed: {Resumed})")]
    private static partial void LogConnected(ILogger logger, ServerAddress server, long revision, bool resumed);

    [LoggerMessage(2, LogLevel.Warning, "the registry at {Server} is lost, what is known stays as it was: {Fault}; trying again in {Wait}")]
    private static partial void LogInterrupted(ILogger logger, ServerAddress server, string fault, TimeSpan wait);

    [LoggerMessage(3, LogLevel.Error, "the registry at {Server} refuses the watch: {Fault}; trying again in {Wait}")]
    private static partial void LogRefused(ILogger logger, ServerAddress server, string fault, TimeSpan wait);

    [LoggerMessage(4, LogLevel.Warning, "the registry has ended the watch of {Topic}: {Fault}")]
    private static partial void LogEnded(ILogger logger, TopicName topic, string fault);

    [LoggerMessage(5, LogLevel.Critical, "a fault of the client library has ended the watch; another one begins in {Wait}")]
    private static partial void LogBroken(ILogger logger, TimeSpan wait, Exception fault);

    private sealed record Standing(RegistryConnectionState State, long Since, RegistryFault? Fault);

    /// <summary>One session and what it does to the local view, from the first topic until none is left.</summary>
    private sealed class Watch
    {
        private readonly LocalView _view;
        private readonly CancellationTokenSource _stop;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private PooledServer _server;
        private volatile Task _cancelling = Task.CompletedTask;
        private bool _isLost;

        public Watch(LocalView view, RegistryView? restored)
        {
            _view = view;
            _server = view._pool.Current;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(view._stopping.Token);
            Session = new WatchSession(Next, [], view._options.Watch, view._time, view._random, restored);
        }

        public WatchSession Session { get; }

        public Task Ended => _ended.Task;

        public void Start() => _ = Task.Run(RunAsync);

        // Is called under the gate: what hangs on the token is told from another thread.
        public void Stop() => _cancelling = _stop.CancelAsync();

        private Protocol.V1.Discovery.DiscoveryClient Next()
        {
            _server = _view._pool.Begin();
            return _server.Connection.Discovery;
        }

        private async Task RunAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await foreach (var @event in Session.RunAsync(_stop.Token).ConfigureAwait(false))
                    {
                        if (!_stop.IsCancellationRequested)
                        {
                            Take(@event);
                        }
                    }
                }
                catch (RpcException refusal)
                {
                    // Not a fault that passes by itself; but somebody may mend it at the server, and then nobody should have to come here.
                    var fault = RegistryFault.From(refusal);
                    var wait = _view._options.Watch.LongestRetry;
                    LogRefused(_view._logger, _server.Address, fault.Describe(), wait);
                    Lose(fault);
                    await Task.Delay(wait, _view._time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
#pragma warning disable CA1031 // Nobody waits for this loop. If it ended, the view would grow old in silence.
                catch (Exception fault)
#pragma warning restore CA1031
                {
                    var wait = _view._options.Watch.LongestRetry;
                    LogBroken(_view._logger, wait, fault);
                    Lose(new RegistryFault(StatusCode.Internal, "", "", fault.Message));
                    await Task.Delay(wait, _view._time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            Stand(RegistryConnectionState.Idle);
            await _cancelling.ConfigureAwait(false);
            _stop.Dispose();
            _ended.SetResult();
        }

        // A watch that was stopped says nothing any more: another one may have taken its place.
        private void Stand(RegistryConnectionState state, RegistryFault? fault = null)
        {
            lock (_view._gate)
            {
                if (_view._watch is null || ReferenceEquals(_view._watch, this))
                {
                    _view.Stand(state, fault);
                }
            }
        }

        private void Take(WatchEvent @event)
        {
            switch (@event)
            {
                case WatchEvent.Connected connected:
                    _view._pool.Succeeded(_server);
                    _isLost = false;
                    LogConnected(_view._logger, _server.Address, connected.Revision, connected.Resumed);
                    Stand(RegistryConnectionState.Connected);
                    break;
                case WatchEvent.Changed changed:
                    Publish(changed);
                    break;
                case WatchEvent.Followed followed:
                    Volatile.Write(ref _view._toSave, followed.View);
                    foreach (var name in followed.Topics)
                    {
                        if (_view._topics.TryGetValue(name, out var topic) && topic.Latest.View is null or { IsStale: true })
                        {
                            Publish(topic, followed.View, _ => false);
                        }
                    }

                    break;
                case WatchEvent.Ended ended:
                    End(ended);
                    break;
                case WatchEvent.Interrupted interrupted:
                    if (!_isLost)
                    {
                        _isLost = true;
                        LogInterrupted(_view._logger, _server.Address, interrupted.Fault.Describe(), interrupted.RetryIn);
                    }

                    Lose(interrupted.Fault);
                    break;
                default:
                    break;
            }
        }

        private void Publish(WatchEvent.Changed changed)
        {
            Volatile.Write(ref _view._toSave, changed.View);
            var names = changed.Topics.ToHashSet();
            var replaced = changed.Replaced.ToHashSet();
            foreach (var topic in _view._topics.Values)
            {
                if (names.Contains(topic.Topic) || IsMadeOf(topic.Topic, changed, names))
                {
                    Publish(topic, changed.View, name => replaced.Contains(name) || !changed.View.Covers(name));
                }
            }
        }

        // An interface is made of the applications that it maps to.
        private static bool IsMadeOf(TopicName topic, WatchEvent.Changed changed, HashSet<TopicName> names) =>
            topic.Kind == TopicKind.Interface
            && changed.View.Interfaces.TryGetValue(topic, out var mapping)
            && mapping.Items.Keys.Any(application => names.Contains(TopicName.Application(topic.Namespace, application)));

        private void Publish(FollowedTopic topic, RegistryView view, Func<TopicName, bool> isTold) =>
            topic.Publish(view, isTold, _view._time.GetTimestamp(), _view._options.ProtectionTicks(_view._time));

        private void Lose(RegistryFault fault)
        {
            Interlocked.Increment(ref _view._reconnects);
            _view._pool.Failed(_server, fault);
            Stand(_view.IsConnected || _view._standing.State == RegistryConnectionState.Interrupted
                ? RegistryConnectionState.Interrupted : RegistryConnectionState.Connecting, fault);
            foreach (var topic in _view._topics.Values)
            {
                if (topic.Latest.View is null or { IsStale: true })
                {
                    topic.Fail(fault);
                }
            }
        }

        // Nobody holds it: it leaves, and who asks again asks the server again. Who holds it was promised that it is kept up to date, and has
        // no reason to ask: the next sweep does. It may be that somebody has made room at the server, or mended a permission.
        private void End(WatchEvent.Ended ended)
        {
            var fault = new RegistryFault((StatusCode)ended.Cause.Code, ended.Cause.Reason, "", ended.Cause.Message);
            LogEnded(_view._logger, ended.Topic, fault.Describe());
            FollowedTopic? topic;
            lock (_view._gate)
            {
                if (_view._topics.TryGetValue(ended.Topic, out topic))
                {
                    topic.IsEnded = true;
                    if (topic.Followers == 0)
                    {
                        _view.Remove(topic);
                    }
                }
            }

            topic?.End(fault);
        }
    }
}
