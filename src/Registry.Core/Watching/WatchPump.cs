using System.Collections.Concurrent;
using System.Diagnostics;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Interleaving;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Restoring;
using Registry.Core.Tables;

namespace Registry.Core.Watching;

/// <summary>
/// Carries changes to streams. It walks the chain of change sets in revision order, notes for each follower of a changed topic what
/// it has to be told, and opens a batch for every stream whose last one has gone out.
/// </summary>
/// <remarks>
/// <para>
/// The pump is an actor: one thread at a time runs it (a work item of the thread pool, queued when there is something to do and it is
/// not queued yet), and everything about streams, feeds and followed topics is touched by that thread alone. The others leave
/// requests in its inbox. So there is no lock here, and nothing here waits.
/// </para>
/// <para>
/// What makes a batch exact: the pump's place in the chain is the revision R of the batch. A new follower is attached to its feed first
/// and reads the table then, at some revision S. Changes up to S that the pump passes later are in what it read and are dropped; and
/// no batch of the stream opens before the pump has come to S. Were the table read first, a change between the reading and the
/// attaching would be told to nobody.
/// </para>
/// <para>
/// A slow stream is a named state. Caught up: nothing to tell. Catching up: its last batch has not gone out; changes are marked, not
/// queued. Stalled: for longer than a bookmark interval. It costs its marks and one batch in flight, delays nobody, and is given up
/// after the stall timeout.
/// </para>
/// </remarks>
internal sealed class WatchPump : IThreadPoolWorkItem
{
    // How many requests and changes are taken before streams get their turn.
    private const int MaxRequestsPerRound = 4_096;
    private const int MaxChangesPerRound = 1_024;

    // How many rounds before the thread is given back to the pool, which may have others waiting.
    private const int MaxRoundsPerRun = 64;

    private readonly StripedTable<ApplicationSnapshot> _applications;
    private readonly StripedTable<MappingSnapshot> _interfaces;
    private readonly CommitSection _commits;
    private readonly RegistryHistory _history;
    private readonly WatchOptions _options;
    private readonly TimeProvider _time;
    private readonly WatchCounters _counters;
    private readonly Action<IThreadPoolWorkItem> _schedule;
    private readonly Action<Exception> _fail;

    private readonly ConcurrentQueue<PumpRequest> _inbox = new();
    private readonly Dictionary<Topic, TopicFeed> _feeds = [];
    private readonly Queue<TopicFeed> _idleFeeds = new();
    private readonly DeltaWindow _window;
    private readonly List<WatchStream> _streams = [];
    private readonly List<TopicSnapshot> _absences = [];
    private List<WatchStream> _queued = [];
    private List<WatchStream> _turn = [];
    private List<WatchStream> _waiting = [];
    private ChangeSet _place;
    private AccessGuard _guard;
    private long _lastTick;
    private int _isScheduled;

    public WatchPump(
        StripedTable<ApplicationSnapshot> applications,
        StripedTable<MappingSnapshot> interfaces,
        CommitSection commits,
        RegistryHistory history,
        WatchOptions options,
        TimeProvider time,
        WatchCounters counters,
        Action<IThreadPoolWorkItem> schedule,
        Action<Exception> fail)
    {
        _applications = applications;
        _interfaces = interfaces;
        _commits = commits;
        _history = history;
        _options = options;
        _time = time;
        _counters = counters;
        _schedule = schedule;
        _fail = fail;
        _window = new DeltaWindow(options.WindowBytes);
        _place = commits.ReadTail();
        _lastTick = time.GetTimestamp();
    }

    /// <summary>How many topics are followed. For audits, while the pump stands still.</summary>
    public int FeedCount => _feeds.Values.Count(static feed => feed.Followers.Count > 0);

    /// <summary>How many topics are not followed any more and kept for those who come back. For audits, while the pump stands still.</summary>
    public int IdleFeedCount => _feeds.Values.Count(static feed => feed.Followers.Count == 0);

    /// <summary>About how many bytes of steps are kept. For audits, while the pump stands still.</summary>
    public long WindowBytes => _window.Bytes;

    /// <summary>Nothing is left to do and no run is under way. For tests that wait for quiet.</summary>
    public bool IsIdle => Volatile.Read(ref _isScheduled) == 0 && !HasWork();

    /// <summary>How often <see cref="PumpRequestKind.Tick"/> has to be posted.</summary>
    public static TimeSpan TickInterval(WatchOptions options) =>
        Min(options.BookmarkInterval, options.StallTimeout) / 10;

    /// <summary>The time that streams are measured by.</summary>
    public long Now => _time.GetTimestamp();

    /// <summary>Leaves a request. Thread safe; never waits.</summary>
    public void Post(PumpRequest request)
    {
        _inbox.Enqueue(request);
        Wake();
    }

    /// <summary>Sees to it that the pump runs after this call. Thread safe; costs one interlocked operation if it is to run anyway.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
            _schedule(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            for (var rounds = 0; rounds < MaxRoundsPerRun; rounds++)
            {
                while (RunRound())
                {
                    if (++rounds >= MaxRoundsPerRun)
                        break;
                }

                // The story that this order prevents: the pump finds nothing more; a writer appends and finds the pump scheduled, so
                // it does not schedule; the pump says that it is not scheduled, and the change lies there until the next one. So it
                // says so first, and looks again after that.
                YieldPoint.Reach(YieldPoint.PumpIdle);
                Interlocked.Exchange(ref _isScheduled, 0);
                YieldPoint.Reach(YieldPoint.PumpUnscheduled);
                if (!HasWork() || Interlocked.Exchange(ref _isScheduled, 1) == 1)
                    return;
            }

            _schedule(this);
        }
        catch (Exception failure)
        {
            // A pump that stops would leave streams that look alive and lie by silence.
            _fail(failure);
        }
    }

    private bool HasWork() => !_inbox.IsEmpty || _place.Next is not null || _queued.Count > 0;

    private bool RunRound()
    {
        LockOrder.AssertNoneHeld();
        _guard.Enter("the pump");
        var worked = false;
        for (var i = 0; i < MaxRequestsPerRound && _inbox.TryDequeue(out var request); i++)
        {
            Handle(request);
            worked = true;
        }

        if (_place.Next is not null)
        {
            Walk();
            worked = true;
        }

        if (_queued.Count > 0)
        {
            (_queued, _turn) = (_turn, _queued);
            var now = _time.GetTimestamp();
            foreach (var stream in _turn)
                OpenBatch(stream, now);
            _turn.Clear();
            worked = true;
        }

        _guard.Leave();
        return worked;
    }

    private void Walk()
    {
        for (var i = 0; i < MaxChangesPerRound && _place.Next is { } next; i++)
        {
            foreach (var change in next.Topics)
            {
                if (change.Snapshot.IsAbsent)
                    _absences.Add(change.Snapshot);
                if (!_feeds.TryGetValue(change.Snapshot.Topic, out var feed))
                    continue;
                Remember(feed, change);
                foreach (var follower in feed.Followers)
                {
                    follower.Offer(change);
                    if (change.Snapshot is MappingSnapshot)
                        ReconcileLater(follower);
                    Queue(follower.Stream);
                }
            }

            var passed = _place;
            _place = next;
            passed.Cut();
        }

        foreach (var stream in _waiting)
            _queued.Add(stream);
        _waiting.Clear();

        // The pump has passed these revisions, so nobody needs to know any more when the names went.
        foreach (var absence in _absences)
        {
            if (absence.Topic.Kind == TopicKind.Application)
                _applications.Forget(absence.Topic.Name, _place.Revision);
            else
                _interfaces.Forget(absence.Topic.Name, _place.Revision);
        }

        _absences.Clear();
    }

    private void Remember(TopicFeed feed, in TopicChange change)
    {
        if (change.Delta is not null && !change.Snapshot.IsAbsent)
        {
            _window.Remember(feed, change.Delta);
            return;
        }

        feed.ForgetAll();
        if (change.Snapshot.IsAbsent && feed.Followers.Count == 0)
            _feeds.Remove(feed.Topic);
    }

    private void Queue(WatchStream stream)
    {
        if (stream.IsQueued)
            return;
        stream.IsQueued = true;
        _queued.Add(stream);
    }

    private void Handle(in PumpRequest request)
    {
        if (request.Kind == PumpRequestKind.Tick)
        {
            Tick();
            return;
        }

        var stream = request.Stream!;
        if (request.Kind == PumpRequestKind.Close)
        {
            Close(stream);
            return;
        }

        if (request.Kind == PumpRequestKind.Describe)
        {
            request.Inquiry!.Reply(Describe(stream, request.Inquiry.MaxTopics));
            return;
        }

        if (stream.IsOver)
        {
            stream.FreeRequests(request.Kind is PumpRequestKind.Flushed or PumpRequestKind.Open ? 0 : 1);
            return;
        }

        switch (request.Kind)
        {
            case PumpRequestKind.Open:
                Open(stream, request.Opening!);
                break;
            case PumpRequestKind.Subscribe:
                stream.AnsweredRequests++;
                Subscribe(stream, request.Id, request.Topic);
                break;
            case PumpRequestKind.Unsubscribe:
                stream.AnsweredRequests++;
                Unsubscribe(stream, request.Id);
                break;
            case PumpRequestKind.RequestSnapshot:
                stream.AnsweredRequests++;
                if (stream.Followed.TryGetValue(request.Topic, out var followed))
                    followed.NeedWhole();
                break;
            case PumpRequestKind.Flushed:
                stream.IsBusy = false;
                break;
        }

        Queue(stream);
    }

    private void Open(WatchStream stream, WatchOpening opening)
    {
        _counters.StreamOpened();
        stream.Index = _streams.Count;
        _streams.Add(stream);
        stream.LastBatchAt = _time.GetTimestamp();
        if (opening.Epoch is not null)
        {
            stream.Held = [.. opening.Held];
            // What an ancestor showed and never made durable is not part of this history: whoever saw that gets everything whole.
            if (_history.Contains(opening.Epoch, opening.Revision))
            {
                if (opening.Revision > _commits.PublishedRevision)
                {
                    GiveUp(stream, new RegistryError(
                        ErrorKind.OutOfRange,
                        ErrorReasons.RevisionInFuture,
                        $"open.token.revision: is {opening.Revision}, and the registry is at {_commits.PublishedRevision}; open without a token",
                        "open.token.revision"));
                    return;
                }

                // Below the floor the registry does not know every change: what is held may have come and gone unseen.
                if (opening.Revision >= _history.Floor)
                    stream.ResumeRevision = opening.Revision;
                stream.NotBefore = opening.Revision;
            }
        }

        foreach (var (id, topic) in opening.Subscriptions)
        {
            if (stream.IsOver)
                return;
            Subscribe(stream, id, topic);
        }
    }

    private void Subscribe(WatchStream stream, ulong id, Topic topic)
    {
        if (id <= stream.LastSubscriptionId)
        {
            GiveUp(stream, new RegistryError(
                ErrorKind.InvalidArgument,
                ErrorReasons.SubscriptionIdReused,
                $"subscribe.id: is {id}, and {stream.LastSubscriptionId} was used before; ids start at 1 and grow",
                "subscribe.id"));
            return;
        }

        stream.LastSubscriptionId = id;
        var refusal = NameRules.CheckTopic(
            topic, "subscribe.namespace", topic.Kind == TopicKind.Interface ? "subscribe.interface" : "subscribe.application");
        if (refusal is null && !stream.Followed.ContainsKey(topic) && stream.Followed.Count >= _options.TopicsPerStream)
            refusal = TooManyTopics(topic);
        if (refusal is null && stream.Subscriptions.Count >= _options.TopicsPerStream)
            refusal = TooManySubscriptions(topic);
        if (refusal is not null)
        {
            stream.Answers.Add(WatchItem.SubscriptionEnded(id, refusal));
            return;
        }

        var followed = Follow(stream, topic);
        followed.Subscriptions++;
        stream.Subscriptions.Add(id, followed);
        stream.Answers.Add(WatchItem.Subscribed(id));
        _counters.SubscriptionsChanged(1);
    }

    private void Unsubscribe(WatchStream stream, ulong id)
    {
        stream.Answers.Add(WatchItem.Unsubscribed(id));
        if (!stream.Subscriptions.Remove(id, out var followed))
            return;
        _counters.SubscriptionsChanged(-1);
        followed.Subscriptions--;
        UnfollowIfUnwanted(followed);
    }

    private FollowedTopic Follow(WatchStream stream, Topic topic)
    {
        if (stream.Followed.TryGetValue(topic, out var followed))
            return followed;

        if (!_feeds.TryGetValue(topic, out var feed))
            _feeds[topic] = feed = new TopicFeed(topic);

        // Attached by being on this thread: no change passes between here and the next line.
        var newest = Read(topic) ?? feed.Absent(static topic => topic.Kind == TopicKind.Application
            ? ApplicationSnapshot.Absent(topic.Name)
            : MappingSnapshot.Absent(topic.Name));
        followed = new FollowedTopic(stream, feed, newest);
        feed.Add(followed);
        stream.Followed.Add(topic, followed);
        stream.NotBefore = Math.Max(stream.NotBefore, newest.Revision);
        if (topic.Kind == TopicKind.Interface)
            ReconcileLater(followed);

        if (stream.Drops.Remove(topic))
        {
            followed.HoldsSomething();
        }
        else if (stream.Held?.Contains(topic) != true)
        {
            followed.NeedWhole();
        }
        else if (stream.ResumeRevision < 0)
        {
            followed.HoldsSomething();
        }
        else
        {
            followed.Holds(stream.ResumeRevision);
            if (!followed.IsDirty)
                _counters.UnchangedOnResume();
        }

        return followed;
    }

    private TopicSnapshot? Read(Topic topic) =>
        topic.Kind == TopicKind.Application ? _applications.Read(topic.Name) : _interfaces.Read(topic.Name);

    private void UnfollowIfUnwanted(FollowedTopic followed)
    {
        if (followed.IsWanted || followed.IsGone)
            return;
        followed.IsGone = true;
        var stream = followed.Stream;
        var topic = followed.Feed.Topic;
        stream.Followed.Remove(topic);
        LeaveFeed(followed);
        if (followed.IsTold)
            stream.Drops.Add(topic);

        foreach (var mapped in followed.Followed?.Applications ?? [])
            Release(stream, topic, mapped);
        followed.Followed = null;
    }

    private void LeaveFeed(FollowedTopic followed)
    {
        var feed = followed.Feed;
        feed.Remove(followed);
        if (feed.Followers.Count > 0)
            return;

        // Kept for those who come back. A name that nobody knows is not: there are endlessly many of them.
        if (followed.Newest.IsAbsent || _options.WindowRetention == TimeSpan.Zero)
        {
            _feeds.Remove(feed.Topic);
            return;
        }

        feed.IdleSince = _time.GetTimestamp();
        if (feed.IsIdleQueued)
            return;
        feed.IsIdleQueued = true;
        _idleFeeds.Enqueue(feed);
    }

    private void ForgetIdleFeeds(long now)
    {
        for (var i = _idleFeeds.Count; i > 0; i--)
        {
            var feed = _idleFeeds.Dequeue();
            feed.IsIdleQueued = feed.Followers.Count == 0 && _time.GetElapsedTime(feed.IdleSince, now) < _options.WindowRetention;
            if (feed.IsIdleQueued)
                _idleFeeds.Enqueue(feed);

            // A topic that went away and came again has a feed of its own, which this one must not take along.
            else if (feed.Followers.Count == 0 && _feeds.TryGetValue(feed.Topic, out var present) && present == feed)
                _feeds.Remove(feed.Topic);
        }
    }

    private void Release(WatchStream stream, Topic @interface, MappedApplication mapped)
    {
        if (!stream.Followed.TryGetValue(ApplicationOf(@interface, mapped), out var application))
            return;
        application.Mappings--;
        UnfollowIfUnwanted(application);
    }

    private static Topic ApplicationOf(Topic @interface, MappedApplication mapped) =>
        Topic.OfApplication(new QualifiedName(@interface.Name.Namespace, mapped.Application));

    // Once per interface, however often its mapping changes while the stream is busy: who lags must not grow.
    private static void ReconcileLater(FollowedTopic followed)
    {
        if (followed.IsToReconcile)
            return;
        followed.IsToReconcile = true;
        followed.Stream.ToReconcile.Add(followed);
    }

    // Follows the applications that the stream's interfaces map to now, and lets go of those that they did and do no longer.
    private void Reconcile(WatchStream stream)
    {
        for (var i = 0; i < stream.ToReconcile.Count; i++)
        {
            var followed = stream.ToReconcile[i];
            followed.IsToReconcile = false;
            var now = (MappingSnapshot)followed.Newest;
            var before = followed.Followed;
            if (followed.IsGone || ReferenceEquals(now, before))
                continue;

            // What stays is counted again before what was is released, so that nothing that stays is dropped in between.
            followed.Followed = now;
            foreach (var mapped in now.Applications)
                Follow(stream, ApplicationOf(followed.Feed.Topic, mapped)).Mappings++;
            foreach (var mapped in before?.Applications ?? [])
                Release(stream, followed.Feed.Topic, mapped);

            if (stream.Followed.Count > _options.TopicsPerStream)
                EndSubscriptions(followed);
        }

        stream.ToReconcile.Clear();
    }

    private void EndSubscriptions(FollowedTopic followed)
    {
        var stream = followed.Stream;
        var error = TooManyTopics(followed.Feed.Topic);
        var ids = stream.Subscriptions.Where(s => s.Value == followed).Select(s => s.Key).ToArray();
        foreach (var id in ids)
        {
            stream.Subscriptions.Remove(id);
            stream.Answers.Add(WatchItem.SubscriptionEnded(id, error));
        }

        _counters.SubscriptionsChanged(-ids.Length);
        followed.Subscriptions = 0;
        UnfollowIfUnwanted(followed);
    }

    private RegistryError TooManyTopics(Topic topic) => new(
        ErrorKind.ResourceExhausted,
        ErrorReasons.LimitTopics,
        $"{topic}: the stream would follow more than {_options.TopicsPerStream} topics");

    // The same topic may be asked for under many ids, each of which is kept.
    private RegistryError TooManySubscriptions(Topic topic) => new(
        ErrorKind.ResourceExhausted,
        ErrorReasons.LimitTopics,
        $"{topic}: the stream has {_options.TopicsPerStream} subscriptions already");

    private void OpenBatch(WatchStream stream, long now)
    {
        stream.IsQueued = false;
        if (stream.IsOver || stream.IsBusy)
            return;

        Reconcile(stream);
        if (stream.NotBefore > _place.Revision)
        {
            // Some of what the stream follows was read ahead of the pump. The changes up to there are on their way.
            stream.IsQueued = true;
            _waiting.Add(stream);
            return;
        }

        if (stream.Held is { } held)
        {
            foreach (var topic in held)
            {
                if (!stream.Followed.ContainsKey(topic))
                    stream.Drops.Add(topic);
            }

            stream.Held = null;
        }

        var isBookmark = stream.Answers.Count == 0 && stream.Drops.Count == 0 && stream.Dirty.TrueForAll(static f => f.IsGone);
        if (isBookmark && !stream.SyncIsDue && stream.AnsweredRequests == 0)
        {
            stream.Dirty.Clear();
            return;
        }

        var batch = Fill(stream, isBookmark);
        stream.SyncIsDue = false;
        stream.LastBatchAt = now;
        stream.BusySince = now;
        stream.LastSync = batch.Revision;
        var answered = stream.AnsweredRequests;
        stream.AnsweredRequests = 0;

        YieldPoint.Reach(YieldPoint.BatchFilled);

        // Set before the write: a flush that ends at once is told through the inbox, which is read after this.
        stream.IsBusy = true;
        try
        {
            if (stream.Sink.TryWrite(batch))
                stream.IsBusy = false;
        }
        catch (Exception broken)
        {
            Debug.Fail($"a sink must not throw: {broken}");
            GiveUp(stream, new RegistryError(ErrorKind.Unavailable, ErrorReasons.OutcomeUnknown, "the stream broke inside the server; resume"));
        }

        stream.FreeRequests(answered);
    }

    private WatchBatch Fill(WatchStream stream, bool isBookmark)
    {
        var items = new List<WatchItem>(stream.Answers.Count + stream.Drops.Count + stream.Dirty.Count);
        items.AddRange(stream.Answers);
        foreach (var topic in stream.Drops)
            items.Add(WatchItem.Dropped(topic));

        int snapshots = 0, deltas = 0;
        foreach (var followed in stream.Dirty)
        {
            if (followed.IsGone)
                continue;
            Debug.Assert(followed.Newest.Revision <= _place.Revision, "a batch holds nothing newer than its Sync");
            var before = items.Count;
            if (followed.Take(items))
                snapshots++;
            else
                deltas += items.Count - before;
        }

        stream.Answers.Clear();
        stream.Drops.Clear();
        stream.Dirty.Clear();
        _counters.BatchSent(snapshots, deltas, isBookmark);
        return new WatchBatch(items, _place.Revision);
    }

    private void Tick()
    {
        var now = _time.GetTimestamp();
        var sinceLast = _time.GetElapsedTime(_lastTick, now);
        _lastTick = now;
        var tick = TickInterval(_options);

        // After a pause of the process nobody's client has had a chance to read: everybody is given the gap.
        var pause = sinceLast > 10 * tick ? sinceLast - tick : TimeSpan.Zero;
        int caughtUp = 0, catchingUp = 0, stalled = 0;
        for (var i = _streams.Count - 1; i >= 0; i--)
        {
            var stream = _streams[i];
            if (stream.IsOver)
                continue;
            if (stream.IsBusy)
            {
                // A batch may take longer than the timeout; the client is given up only if it takes nothing for so long.
                stream.BusySince = Math.Max(stream.BusySince, stream.ProgressedAt);
                stream.BusySince += (long)(pause.TotalSeconds * _time.TimestampFrequency);
                if (_time.GetElapsedTime(stream.BusySince, now) >= _options.StallTimeout)
                {
                    _counters.StalledReset();
                    GiveUp(stream, new RegistryError(
                        ErrorKind.ResourceExhausted, ErrorReasons.SlowConsumer, $"nothing was read for {_options.StallTimeout}; resume"));
                }
                else if (StandingOf(stream, now) == WatchStanding.Stalled)
                {
                    stalled++;
                }
                else
                {
                    catchingUp++;
                }

                continue;
            }

            caughtUp++;
            if (_time.GetElapsedTime(stream.LastBatchAt, now) >= _options.BookmarkInterval - tick)
            {
                stream.SyncIsDue = true;
                Queue(stream);
            }
        }

        _counters.Standing(caughtUp, catchingUp, stalled);
        ForgetIdleFeeds(now);
    }

    // Null: the stream is over, and what it followed is forgotten.
    private WatchDescription? Describe(WatchStream stream, int maxTopics)
    {
        if (stream.IsOver)
            return null;

        // Taken first, sorted then: a stream with thousands of subscriptions costs no more than one with as many as are wanted.
        var topics = stream.Subscriptions.Take(maxTopics).OrderBy(static s => s.Key).Select(static s => s.Value.Feed.Topic);
        return new WatchDescription(
            StandingOf(stream, _time.GetTimestamp()), stream.LastSync, stream.Subscriptions.Count, stream.Followed.Count, [.. topics]);
    }

    private WatchStanding StandingOf(WatchStream stream, long now) =>
        !stream.IsBusy ? WatchStanding.CaughtUp
        : _time.GetElapsedTime(Math.Max(stream.BusySince, stream.ProgressedAt), now) >= _options.BookmarkInterval ? WatchStanding.Stalled
        : WatchStanding.CatchingUp;

    private void GiveUp(WatchStream stream, RegistryError error)
    {
        if (stream.IsOver)
            return;
        LetGo(stream);
        stream.Sink.Abort(error);
    }

    private void Close(WatchStream stream)
    {
        LetGo(stream);
        stream.Closed();
    }

    // After this nothing of the pump but perhaps a queue of this round knows the stream, and OpenBatch passes over it.
    private void LetGo(WatchStream stream)
    {
        if (stream.IsOver)
            return;
        stream.IsOver = true;
        foreach (var followed in stream.Followed.Values)
        {
            followed.IsGone = true;
            LeaveFeed(followed);
        }

        _counters.SubscriptionsChanged(-stream.Subscriptions.Count);
        stream.FreeRequests(stream.AnsweredRequests);
        stream.AnsweredRequests = 0;
        stream.Followed.Clear();
        stream.Subscriptions.Clear();
        stream.Dirty.Clear();
        stream.ToReconcile.Clear();

        // A stream that was closed before its request to open was handled is not in the list.
        if (stream.Index < _streams.Count && _streams[stream.Index] == stream)
        {
            _counters.StreamClosed();
            var last = _streams[^1];
            _streams[stream.Index] = last;
            last.Index = stream.Index;
            _streams.RemoveAt(_streams.Count - 1);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
