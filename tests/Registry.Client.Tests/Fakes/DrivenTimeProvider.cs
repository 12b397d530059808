namespace Registry.Client.Tests.Fakes;

/// <summary>
/// A clock that stands still until a test advances it. Waiting for a timer to be armed comes before advancing past it, so
/// that no test guesses how far the code has come. Who advances further than to the timer that it waited for may fire
/// what the code arms in the meantime, and waits for that in vain afterwards.
/// </summary>
internal sealed class DrivenTimeProvider : TimeProvider
{
    // Locking
    //   _gate     guards all fields and the fields of the timers. Released before a callback runs or a waiter is told.
    private readonly Lock _gate = new();
    private readonly List<DrivenTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Condition, TaskCompletionSource<TimeSpan> Met)> _waiters = [];
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    private TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
            {
                return _elapsed;
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new DrivenTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until a timer is armed that is due in exactly this time.</summary>
    public Task ArmedAsync(TimeSpan due) => ArmedAsync(left => left == due, $"a timer due in {due}");

    /// <summary>Waits until a timer is armed that is due within this time, and advances until it is and not further.</summary>
    public async Task FireWithinAsync(TimeSpan limit) =>
        Advance(await ArmedAsync(left => left <= limit, $"a timer due within {limit}"));

    /// <summary>Moves on, and fires what falls due on the way in the order in which it does.</summary>
    public void Advance(TimeSpan time)
    {
        TimeSpan target;
        lock (_gate)
        {
            target = _elapsed + time;
        }

        while (true)
        {
            DrivenTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
                if (next is null)
                {
                    _elapsed = target;
                    return;
                }

                _elapsed = next.Due;
                _timers.Remove(next);
                if (next.Period > TimeSpan.Zero)
                {
                    next.Due = _elapsed + next.Period;
                    _timers.Add(next);
                }
            }

            next.Fire();
        }
    }

    // How long until the timer is due.
    private async Task<TimeSpan> ArmedAsync(Func<TimeSpan, bool> condition, string what)
    {
        var met = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_timers.Find(timer => condition(timer.Due - _elapsed)) is { } armed)
            {
                return armed.Due - _elapsed;
            }

            _waiters.Add((condition, met));
        }

        try
        {
            return await met.Task.WaitAsync(Wait.Patience);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                throw new TimeoutException($"waited for {what}; armed are {string.Join(", ", _timers.Select(timer => timer.Due - _elapsed))}");
            }
        }
    }

    private sealed class DrivenTimer(DrivenTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            List<TaskCompletionSource<TimeSpan>> met = [];
            lock (owner._gate)
            {
                owner._timers.Remove(this);
                Period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = owner._elapsed + dueTime;
                    owner._timers.Add(this);
                    foreach (var waiter in owner._waiters.Where(waiter => waiter.Condition(dueTime)).ToArray())
                    {
                        owner._waiters.Remove(waiter);
                        met.Add(waiter.Met);
                    }
                }
            }

            met.ForEach(waiter => waiter.SetResult(dueTime));
            return true;
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
