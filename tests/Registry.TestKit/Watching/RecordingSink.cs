using Registry.Core;
using Registry.Core.Watching;

namespace Registry.TestKit.Watching;

/// <summary>
/// A stream's far end that remembers what it was told. Gated, it takes a batch and does not say that it went out until it is
/// released: a slow client. Finds what a sink must never see: two writes at a time, and a write after the end.
/// </summary>
public sealed class RecordingSink : IWatchSink
{
    private readonly Lock _gate = new();
    private readonly List<WatchBatch> _batches = [];
    private readonly List<RegistryError> _aborts = [];
    private readonly List<string> _violations = [];
    private WatchStream? _stream;
    private int _inside;
    private bool _isGated;
    private bool _isInFlight;
    private volatile bool _isClosed;

    /// <summary>Called with each batch, on the pump's thread, after it was recorded.</summary>
    public Action<WatchBatch>? OnBatch { get; set; }

    /// <summary>True: takes a batch and answers "not gone out yet" until <see cref="Release"/>.</summary>
    public bool IsGated
    {
        get
        {
            lock (_gate)
                return _isGated;
        }

        set
        {
            lock (_gate)
                _isGated = value;
        }
    }

    /// <summary>A batch was taken and has not gone out.</summary>
    public bool IsInFlight
    {
        get
        {
            lock (_gate)
                return _isInFlight;
        }
    }

    /// <summary>The stream that writes here.</summary>
    public WatchStream Stream => _stream ?? throw new InvalidOperationException("the sink has no stream yet");

    /// <summary>All batches so far.</summary>
    public IReadOnlyList<WatchBatch> Batches
    {
        get
        {
            lock (_gate)
                return [.. _batches];
        }
    }

    /// <summary>The newest batch.</summary>
    public WatchBatch Last => Batches[^1];

    /// <summary>With what the stream was given up; null: it was not.</summary>
    public RegistryError? Abortion
    {
        get
        {
            lock (_gate)
                return _aborts.SingleOrDefault();
        }
    }

    /// <summary>What a sink must never see and saw.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_gate)
                return [.. _violations];
        }
    }

    /// <summary>Opens a stream that writes here.</summary>
    public WatchStream Open(ServiceRegistry registry, WatchOpening opening)
    {
        ArgumentNullException.ThrowIfNull(registry);
        _stream = registry.CreateWatch(this);
        _stream.Open(opening);
        return _stream;
    }

    /// <summary>Says that the batch in flight has gone out.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (!_isInFlight)
                return;
            _isInFlight = false;
        }

        Stream.Flushed();
    }

    /// <summary>From now on nothing may be written: the stream's close has completed.</summary>
    public void MarkClosed() => _isClosed = true;

    /// <summary>The batches since the last call.</summary>
    public IReadOnlyList<WatchBatch> Take()
    {
        lock (_gate)
        {
            WatchBatch[] taken = [.. _batches];
            _batches.Clear();
            return taken;
        }
    }

    bool IWatchSink.TryWrite(WatchBatch batch)
    {
        if (Interlocked.Increment(ref _inside) != 1)
            Violate("two writes overlap");
        bool isTaken;
        lock (_gate)
        {
            if (_isClosed)
                Violate($"a batch at {batch.Revision} after the close had completed");
            if (_aborts.Count > 0)
                Violate($"a batch at {batch.Revision} after the abort");
            if (_isInFlight)
                Violate($"a batch at {batch.Revision} while another was in flight");
            _batches.Add(batch);
            isTaken = !_isGated;
            _isInFlight = _isGated;
        }

        OnBatch?.Invoke(batch);
        Interlocked.Decrement(ref _inside);
        return isTaken;
    }

    void IWatchSink.Abort(RegistryError error)
    {
        lock (_gate)
        {
            if (_isClosed)
                Violate($"an abort ({error.Reason}) after the close had completed");
            if (_aborts.Count > 0)
                Violate($"a second abort ({error.Reason})");
            _aborts.Add(error);
        }
    }

    private void Violate(string what)
    {
        lock (_gate)
            _violations.Add(what);
    }
}
