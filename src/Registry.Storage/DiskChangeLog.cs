using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Restoring;
using Registry.Storage.Devices;
using Registry.Storage.Recovery;

namespace Registry.Storage;

/// <summary>
/// The log on a disk of this machine. Thread safe, as <see cref="IChangeLog"/> says.
/// </summary>
/// <remarks>
/// <para>
/// Append leaves a change in a queue in memory. One thread of the log's own takes all that is queued, writes it, syncs once, and wakes
/// whoever waits for it: the more writers there are, the more of them share one sync. It is a thread and not a task, because a sync may
/// take seconds, and a thread of the pool that waits in the kernel is missing elsewhere.
/// </para>
/// <para>
/// A full disk is a state: what is queued is kept and tried again, admission refuses, and it ends by itself. A sync that fails is final:
/// the operating system may have dropped what it could not write, and then says that all is well when it is asked again. So the file is
/// not trusted any more until a new start has read it.
/// </para>
/// </remarks>
internal sealed class DiskChangeLog : IChangeLog, IDisposable
{
    private static readonly RegistryError NoRoom = new(
        ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "the log's queue is full: the disk does not keep up; try again later");

    private static readonly RegistryError DiskFull = new(
        ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "the disk is full; reads, watches and renewals go on, and writes do when there is room");

    private static readonly RegistryError Closed = new(ErrorKind.Unavailable, ErrorReasons.StorageFailed, "the log is closed");

    // How often the log's thread steps back at most before it takes a batch.
    private const int MostTurns = 8;

    private readonly IStorageDevice _device;
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly SegmentWriter _writer;
    private readonly string _parent;

    // There is no lock. The queue has one appender at a time (the commit section) and one taker (the log's thread), which alone touches
    // _batch and _writer. The rest are single fields: admission changes _reserved by compare-and-set, the log's thread writes the others.
    private readonly ConcurrentQueue<QueuedChange> _queue = new();
    private readonly List<QueuedChange> _batch = [];
    private readonly AutoResetEvent _work = new(initialState: false);
    private readonly AutoResetEvent _retry = new(initialState: false);
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private DurabilityStage _stage = DurabilityStage.First();
    private RegistryError? _refusal;
    private RegistryError? _failure;
    private long _reserved;
    private long _durable;
    private long _bytes;
    private long _bytesBefore;
    private long _commits;
    private long _lastCommit;
    private int _isCalled;
    private bool _isBegun;
    private volatile bool _isClosing;

    private DiskChangeLog(IStorageDevice device, LogOptions options, TimeProvider time, SegmentWriter writer, RegistryHistory history, string parent)
    {
        _device = device;
        _options = options;
        _time = time;
        _writer = writer;
        History = history;
        _parent = parent;
        _durable = history.LastRevision;
    }

    /// <summary>What the log goes on from.</summary>
    public RegistryHistory History { get; }

    /// <summary>All epochs of the log; of the present one, which is the last, the last revision before it.</summary>
    public ImmutableArray<LoggedEpoch> Epochs { get; private init; } = [];

    /// <summary>How much log there is to read for a start that has no snapshot, in bytes, about. Grows; never falls.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many batches became durable, each with one sync.</summary>
    public long Commits => Volatile.Read(ref _commits);

    /// <summary>How much this process has written, in bytes.</summary>
    public long WrittenBytes => Bytes - _bytesBefore;

    /// <summary>The first revision of the segment that is written.</summary>
    public long SegmentRevision => _writer.SegmentRevision;

    /// <summary>How much was cut off the end when the log was opened, in bytes.</summary>
    public long TornBytes { get; private init; }

    /// <summary>Everything up to here is kept for good.</summary>
    public long DurableRevision => Volatile.Read(ref _durable);

    /// <summary>Completes with the reason when the log has failed for good.</summary>
    public Task<Exception> Failed => _failed.Task;

    /// <summary>The disk has no room; the log tries again by itself.</summary>
    public bool IsFull => ReferenceEquals(Volatile.Read(ref _refusal), DiskFull);

    /// <summary>Reads the log that is there, or begins one, and starts a new epoch in it.</summary>
    /// <param name="device">Where it is. The log owns it from now on, also if this throws.</param>
    /// <param name="options">What can be set.</param>
    /// <param name="time">The clock for the pause after a full disk.</param>
    /// <param name="replay">Who is told what the log holds.</param>
    /// <param name="ownThread">False: nothing is written by itself, and a test calls <see cref="RunOnce"/>.</param>
    /// <param name="progress">Is told how far the reading is, and can end it; null: nobody asks.</param>
    /// <exception cref="UnusableStorageException">The log can't be read or written.</exception>
    /// <exception cref="OperationCanceledException">The reading was to end.</exception>
    public static DiskChangeLog Open(
        IStorageDevice device, LogOptions options, TimeProvider time, IReplay replay, bool ownThread = true, RecoveryProgress? progress = null)
    {
        SegmentWriter? writer = null;
        try
        {
            var recovered = LogRecovery.Run(device, replay, RecoveryMode.Repair, progress);
            var epoch = RegistryHistory.NewEpoch();
            writer = new SegmentWriter(device, options, epoch, recovered.End);
            var last = recovered.End.LastRevision;
            var first = RevisionGap.FirstRevisionAfter(last, recovered.Epochs.IsEmpty ? 0 : recovered.Epochs[^1].FirstRevision);
            var ancestors = recovered.Epochs.Select(logged => new Ancestor(logged.Epoch, logged.LastRevision)).ToImmutableArray();
            var history = new RegistryHistory(epoch, ancestors, last, first, recovered.Floor);
            var log = new DiskChangeLog(device, options, time, writer, history, recovered.Epochs.IsEmpty ? "" : recovered.Epochs[^1].Epoch)
            {
                TornBytes = recovered.TornBytes,
                Epochs = recovered.Epochs.Add(new LoggedEpoch(epoch, first, last)),
                _bytes = recovered.Bytes,
                _bytesBefore = recovered.Bytes,
            };
            log.Begin(ownThread);
            return log;
        }
        catch (Exception wrong)
        {
            writer?.Dispose();
            device.Dispose();
            if (wrong is IOException or UnauthorizedAccessException)
                throw new UnusableStorageException($"{device.PathOf("")}: the log can't be opened: {wrong.Message.ReplaceLineEndings(" ")}", wrong);
            throw;
        }
    }

    public RegistryError? TryReserve(int bytes)
    {
        var room = QueuedChange.RoomOf(bytes);
        while (true)
        {
            if (Volatile.Read(ref _refusal) is { } refusal)
                return refusal;
            var seen = Volatile.Read(ref _reserved);
            if (seen + room > _options.QueueBytes)
                return NoRoom;
            if (Interlocked.CompareExchange(ref _reserved, seen + room, seen) == seen)
                return null;
        }
    }

    public void Release(int bytes) => Interlocked.Add(ref _reserved, -QueuedChange.RoomOf(bytes));

    public void Append(long revision, ApplicationChange change, int reservedBytes)
    {
        _queue.Enqueue(new QueuedChange(revision, change, reservedBytes));

        // Called once per sleep of the thread, and not once per change. The thread takes the call back before it looks into the queue; were it
        // the other way round, a change that comes between the two would call nobody and lie there until the next one comes.
        if (Interlocked.Exchange(ref _isCalled, 1) == 0)
            Set(_work);
    }

    public ValueTask<RegistryError?> WaitDurableAsync(long revision, CancellationToken cancellationToken) =>
        DurableRevision >= revision ? default : WaitAsync(revision, cancellationToken);

    /// <summary>Writes what is queued, as far as it is queued, and closes the log. What waits for more is told that it is closed.</summary>
    public void Dispose()
    {
        if (_isClosing)
            return;
        _isClosing = true;
        Interlocked.CompareExchange(ref _refusal, Closed, null);
        Set(_work);
        Set(_retry);
        _thread?.Join();
        while (RunOnce() == WriteResult.Written)
        {
            // One more round for what came while the thread ended.
        }

        Stop(Closed);
        _writer.Dispose();
        _device.Dispose();
        _work.Dispose();
        _retry.Dispose();
    }

    /// <summary>Writes one batch of what is queued. By one thread at a time.</summary>
    internal WriteResult RunOnce()
    {
        if (Volatile.Read(ref _failure) is not null)
            return WriteResult.Failed;
        TakeBatch();
        if (_batch.Count == 0 && _isBegun)
            return WriteResult.Nothing;
        try
        {
            BeginEpoch();
            if (_batch.Count == 0)
                return HasRoom();
            Volatile.Write(ref _bytes, _bytes + _writer.Write(_batch));
        }
        catch (DiskFullException)
        {
            Interlocked.CompareExchange(ref _refusal, DiskFull, null);
            return WriteResult.Full;
        }
        catch (Exception wrong)
        {
            // An exception that nobody foresaw as well: what it has left behind is not known either.
            Stop(new RegistryError(
                ErrorKind.Unavailable, ErrorReasons.StorageFailed, "the log can't be written; whether the change was kept is not known"));
            _failed.TrySetResult(wrong);
            return WriteResult.Failed;
        }

        HasRoom();
        Interlocked.Add(ref _reserved, -_batch.Sum(static queued => QueuedChange.RoomOf(queued.ReservedBytes)));
        Volatile.Write(ref _commits, _commits + 1);
        Volatile.Write(ref _durable, _batch[^1].Revision);
        _batch.Clear();
        _stage.Commit();
        return WriteResult.Written;
    }

    // A disk that is full is no reason not to start: who reads and who renews is served, and writes are refused until there is room. Then
    // the record of this start is the first thing that is written. Until it is, a power cut leaves a log in which this epoch never was;
    // nothing was acknowledged in it.
    private void Begin(bool ownThread)
    {
        try
        {
            BeginEpoch();
        }
        catch (DiskFullException)
        {
            _refusal = DiskFull;
            _isCalled = 1;
            _work.Set();
        }

        if (!ownThread)
            return;
        _thread = new Thread(Work) { IsBackground = true, Name = "change log" };
        _thread.Start();
    }

    private void BeginEpoch()
    {
        if (_isBegun)
            return;
        _writer.Start(_parent, History.FirstRevision);
        _isBegun = true;
    }

    private WriteResult HasRoom()
    {
        Interlocked.CompareExchange(ref _refusal, null, DiskFull);
        return WriteResult.Written;
    }

    // An append whose room was reserved before the log was closed, or a timer that was firing, may come after everything is gone.
    private static void Set(AutoResetEvent signal)
    {
        try
        {
            signal.Set();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    private async ValueTask<RegistryError?> WaitAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before the look. After it, a commit in between would be missed, and this would wait for the next one.
            var stage = Volatile.Read(ref _stage);
            if (DurableRevision >= revision)
                return null;
            if (Volatile.Read(ref _failure) is { } failure)
                return failure;
            await stage.CommitOfAsync(revision).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Stop(RegistryError failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        Volatile.Write(ref _refusal, _failure);
        _stage.End();
    }

    // What a full disk has left in the batch goes first, as it is.
    private void TakeBatch()
    {
        if (_batch.Count > 0)
            return;
        long bytes = 0;
        while (bytes < _options.BatchBytes && _queue.TryDequeue(out var queued))
        {
            Debug.Assert(queued.Revision > (_batch.Count > 0 ? _batch[^1].Revision : DurableRevision), "revisions grow");
            _batch.Add(queued);
            bytes += queued.ReservedBytes;
        }

        if (_batch.Count > 0)
            Volatile.Write(ref _stage, _stage.Next(_batch[^1].Revision));
    }

    private void Work()
    {
        while (!_isClosing)
        {
            _work.WaitOne();
            Interlocked.Exchange(ref _isCalled, 0);
            while (true)
            {
                AwaitInterval();
                Gather();
                var result = RunOnce();
                if (result == WriteResult.Failed)
                    return;
                if (result == WriteResult.Nothing || (result == WriteResult.Full && _isClosing))
                    break;
                if (result == WriteResult.Full)
                    Pause(_options.FullDiskPause);
            }
        }
    }

    // As long as others are adding to the queue, they get the processor first: their changes share this sync instead of waiting for the next
    // one. Whoever writes alone is not kept waiting, because then nothing comes.
    private void Gather()
    {
        var seen = _queue.Count;
        for (var turn = 0; turn < MostTurns; turn++)
        {
            Thread.Yield();
            var now = _queue.Count;
            if (now == seen)
                return;
            seen = now;
        }
    }

    private void AwaitInterval()
    {
        if (_options.CommitInterval == TimeSpan.Zero)
            return;
        var left = _options.CommitInterval - _time.GetElapsedTime(_lastCommit);
        if (left > TimeSpan.Zero && !_isClosing)
            Pause(left);
        _lastCommit = _time.GetTimestamp();
    }

    private void Pause(TimeSpan length)
    {
        using var timer = _time.CreateTimer(static retry => Set((AutoResetEvent)retry!), _retry, length, Timeout.InfiniteTimeSpan);
        _retry.WaitOne();
    }
}

/// <summary>What became of one batch.</summary>
internal enum WriteResult
{
    /// <summary>There was none.</summary>
    Nothing,

    /// <summary>It is durable.</summary>
    Written,

    /// <summary>The disk is full; the batch waits.</summary>
    Full,

    /// <summary>The log has failed for good.</summary>
    Failed,
}
