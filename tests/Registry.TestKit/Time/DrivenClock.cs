namespace Registry.TestKit.Time;

/// <summary>
/// A clock that stands still until the test drives it. Exactly one party drives; everybody may read, and timers fire inline on the
/// driver's thread, so that what a timer does has happened when <see cref="Advance"/> returns.
/// </summary>
/// <remarks>
/// The frequency of its timestamps is odd on purpose: code that takes timestamps for ticks, or milliseconds, goes wrong by a
/// factor that no assertion overlooks. It is finer than a tick, so that no rounding hides in tests of exact times.
/// </remarks>
public sealed class DrivenClock : TimeProvider
{
    private const long Frequency = 3_000_000_019;
    private static readonly DateTimeOffset Origin = new(2031, 5, 17, 4, 30, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<DrivenTimer> _timers = [];
    private long _ticks = TimeSpan.TicksPerHour;

    /// <inheritdoc/>
    public override long TimestampFrequency => Frequency;

    /// <summary>The time since the clock was made.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
                return new TimeSpan(_ticks - TimeSpan.TicksPerHour);
        }
    }

    /// <summary>Timers that have yet to fire.</summary>
    public int Timers
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate)
            return (long)((Int128)_ticks * Frequency / TimeSpan.TicksPerSecond) + 1;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return Origin.AddTicks(_ticks);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new DrivenTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass, from one due timer to the next, each fired at its due time.</summary>
    public void Advance(TimeSpan by)
    {
        long target;
        lock (_gate)
            target = _ticks + by.Ticks;
        while (TakeDue(target, out var timer))
            timer!.Fire();
        lock (_gate)
            _ticks = target;
    }

    /// <summary>The process stood still: time passes at once, and every timer that came due meanwhile fires once, afterwards.</summary>
    public void Jump(TimeSpan by)
    {
        DrivenTimer[] due;
        lock (_gate)
        {
            _ticks += by.Ticks;
            due = [.. _timers.Where(t => t.Due <= _ticks).OrderBy(t => t.Due)];
            foreach (var timer in due)
                timer.MoveOn(_ticks, _timers);
        }

        foreach (var timer in due)
            timer.Fire();
    }

    private bool TakeDue(long target, out DrivenTimer? timer)
    {
        lock (_gate)
        {
            timer = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
            if (timer is null)
                return false;
            _ticks = Math.Max(_ticks, timer.Due);
            timer.MoveOn(timer.Due, _timers);
            return true;
        }
    }

    private sealed class DrivenTimer(DrivenClock clock, TimerCallback callback, object? state) : ITimer
    {
        private long _period;

        public long Due { get; private set; }

        public void Fire() => callback(state);

        // Under the clock's gate.
        public void MoveOn(long from, List<DrivenTimer> timers)
        {
            if (_period > 0)
                Due = from + _period;
            else
                timers.Remove(this);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = clock._ticks + dueTime.Ticks;
                _period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
