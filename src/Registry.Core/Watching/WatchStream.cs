using System.Diagnostics.CodeAnalysis;
using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>
/// One client's stream. The transport calls the public members, from any thread; all else is owned by the pump, which alone touches
/// the fields, so none of them needs a lock. Close it before its sink's resources go.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The semaphore's wait handle is never asked for, so it holds nothing to dispose.")]
public sealed class WatchStream
{
    // Requests of a client that have not been answered in a batch yet. Who sends more waits: a client that only asks and never
    // reads can't fill the memory with answers.
    private const int MaxUnanswered = 256;

    private readonly WatchPump _pump;
    private readonly SemaphoreSlim _unanswered = new(MaxUnanswered);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastSync = -1;
    private long _progressedAt = long.MinValue;

    internal WatchStream(WatchPump pump, IWatchSink sink)
    {
        _pump = pump;
        Sink = sink;
    }

    /// <summary>The revision of the last Sync that was handed to the sink; -1: none yet.</summary>
    public long LastSync
    {
        get => Volatile.Read(ref _lastSync);
        internal set => Volatile.Write(ref _lastSync, value);
    }

    /// <summary>Begins the stream. Once, before any other call but <see cref="CloseAsync"/>.</summary>
    public void Open(WatchOpening opening) => _pump.Post(new PumpRequest(PumpRequestKind.Open, this) { Opening = opening });

    /// <summary>
    /// Follows a topic. The id is the client's, greater than all before; one that is not ends the stream. Waits while too many
    /// requests of this stream are unanswered; requests that wait together are taken in no order, so wait for one before the next.
    /// </summary>
    public Task SubscribeAsync(ulong id, Topic topic, CancellationToken cancellationToken) =>
        PostAsync(new PumpRequest(PumpRequestKind.Subscribe, this) { Id = id, Topic = topic }, cancellationToken);

    /// <summary>Ends a subscription. Waits as <see cref="SubscribeAsync"/> does.</summary>
    public Task UnsubscribeAsync(ulong id, CancellationToken cancellationToken) =>
        PostAsync(new PumpRequest(PumpRequestKind.Unsubscribe, this) { Id = id }, cancellationToken);

    /// <summary>Has the next batch carry a snapshot of a topic, if the stream follows it. Waits as <see cref="SubscribeAsync"/> does.</summary>
    public Task RequestSnapshotAsync(Topic topic, CancellationToken cancellationToken) =>
        PostAsync(new PumpRequest(PumpRequestKind.RequestSnapshot, this) { Topic = topic }, cancellationToken);

    /// <summary>
    /// A piece of the batch that is under way has gone out: the client reads, if slowly, and is not given up. From any thread.
    /// </summary>
    public void Progressed() => Volatile.Write(ref _progressedAt, _pump.Now);

    /// <summary>The batch for which the sink answered false has gone out.</summary>
    public void Flushed() => _pump.Post(new PumpRequest(PumpRequestKind.Flushed, this));

    /// <summary>
    /// How the stream stands, and what it is subscribed to, for operators. The pump is asked through its inbox, where it takes its turn
    /// behind what came before; the answer costs the pump the copying of the topics. After <see cref="Open"/>. Null: the stream is over.
    /// </summary>
    /// <param name="maxTopics">Of how many subscriptions the topics are wanted, at most.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    public Task<WatchDescription?> DescribeAsync(int maxTopics, CancellationToken cancellationToken)
    {
        var inquiry = new WatchInquiry(maxTopics);
        _pump.Post(new PumpRequest(PumpRequestKind.Describe, this) { Inquiry = inquiry });
        return inquiry.Answer.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Ends the stream. Completes when the pump has let go of it: only then may the transport give back what the sink writes to.
    /// </summary>
    public Task CloseAsync()
    {
        _pump.Post(new PumpRequest(PumpRequestKind.Close, this));
        return _closed.Task;
    }

    // What follows is the pump's.
    internal IWatchSink Sink { get; }

    internal Dictionary<Topic, FollowedTopic> Followed { get; } = [];

    internal Dictionary<ulong, FollowedTopic> Subscriptions { get; } = [];

    internal ulong LastSubscriptionId { get; set; }

    /// <summary>Answers to the client's requests, for the next batch.</summary>
    internal List<WatchItem> Answers { get; } = [];

    /// <summary>How many of the answers free a place for another request.</summary>
    internal int AnsweredRequests { get; set; }

    /// <summary>Topics that the client has and that are no longer followed, for the next batch. A set: a client may have very many.</summary>
    internal HashSet<Topic> Drops { get; } = [];

    /// <summary>Topics with something to tell; may name ones that are gone.</summary>
    internal List<FollowedTopic> Dirty { get; } = [];

    /// <summary>Interfaces whose applications have to be compared with what is followed because of them.</summary>
    internal List<FollowedTopic> ToReconcile { get; } = [];

    /// <summary>What the client held at its token, until the first batch. Null: no token.</summary>
    internal HashSet<Topic>? Held { get; set; }

    /// <summary>The revision of a token of this epoch; -1: there is none, so what is held is of no use.</summary>
    internal long ResumeRevision { get; set; } = -1;

    /// <summary>The next Sync must not be below this.</summary>
    internal long NotBefore { get; set; }

    internal bool IsQueued { get; set; }

    internal bool IsBusy { get; set; }

    internal bool IsOver { get; set; }

    internal bool SyncIsDue { get; set; } = true;

    internal long BusySince { get; set; }

    /// <summary>When a piece of a batch went out last.</summary>
    internal long ProgressedAt => Volatile.Read(ref _progressedAt);

    internal long LastBatchAt { get; set; }

    internal int Index { get; set; }

    internal void FreeRequests(int count)
    {
        if (count > 0)
            _unanswered.Release(count);
    }

    internal void Closed() => _closed.TrySetResult();

    private async Task PostAsync(PumpRequest request, CancellationToken cancellationToken)
    {
        await _unanswered.WaitAsync(cancellationToken).ConfigureAwait(false);
        _pump.Post(request);
    }
}
