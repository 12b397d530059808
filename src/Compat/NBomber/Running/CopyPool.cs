using System.Collections.Concurrent;

namespace NBomber.Running;

/// <summary>
/// The copies of a scenario. <see cref="Resize"/>, <see cref="Inject"/> and <see cref="EndAsync"/> belong to the scheduler, one call at a
/// time; the rest is thread-safe.
/// </summary>
internal sealed class CopyPool(ScenarioRun run)
{
    private readonly ConcurrentStack<ScenarioCopy> _idle = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The busy copies of a closed load. The scheduler's alone.
    private readonly List<ScenarioCopy> _looping = [];

    // Guards _all, which the scheduler adds to and whoever reports reads. Nobody reads it without. No other lock under it, nothing
    // awaited.
    private readonly Lock _gate = new();
    private readonly List<ScenarioCopy> _all = [];

    // One for the load, and one for each copy that is at work. At zero the load has ended, and everything with it.
    private int _held = 1;
    private volatile bool _ended;

    /// <summary>Copies at work right now.</summary>
    public int Active => Math.Max(0, Volatile.Read(ref _held) - (_ended ? 0 : 1));

    /// <summary>Iterations that began, in all copies: counted apart from how they ended.</summary>
    public long Begun => All().Sum(copy => copy.Begun);

    /// <summary>Closed load: lets copies start, or stop after their iteration.</summary>
    public void Resize(int copies)
    {
        while (_looping.Count > copies)
        {
            _looping[^1].Stop();
            _looping.RemoveAt(_looping.Count - 1);
        }

        while (_looping.Count < copies)
        {
            var copy = Add();
            _looping.Add(copy);
            Start(copy.LoopAsync, back: null);
        }
    }

    /// <summary>Open load: one iteration, in a copy that is idle, or in a new one.</summary>
    /// <param name="due">The timestamp at which it was meant to start.</param>
    public void Inject(long due)
    {
        if (!_idle.TryPop(out var copy))
            copy = Add();
        Start(
            () =>
            {
                run.StartLag.Record(Later(run.Time.GetElapsedTime(due)));
                return copy.IterateAsync();
            },
            back: copy);
    }

    /// <summary>
    /// Lets all copies stop after their iteration and waits for them. Those that are still at it after the timeout, or when the token
    /// says so, are given up.
    /// </summary>
    /// <returns>How many iterations were given up.</returns>
    public async Task<int> EndAsync(TimeSpan timeout, CancellationToken giveUp)
    {
        Resize(0);
        _ended = true;
        Release();
        try
        {
            await _drained.Task.WaitAsync(timeout, run.Time, giveUp).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // What still runs is counted below.
        }

        return All().Count(copy => copy.GiveUp());
    }

    private ScenarioCopy Add()
    {
        lock (_gate)
        {
            var copy = new ScenarioCopy(run, _all.Count);
            _all.Add(copy);
            return copy;
        }
    }

    private ScenarioCopy[] All()
    {
        lock (_gate)
            return [.. _all];
    }

    private void Start(Func<Task> work, ScenarioCopy? back)
    {
        Interlocked.Increment(ref _held);
        _ = Task.Run(async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            finally
            {
                if (back is not null)
                    _idle.Push(back);
                Release();
            }
        });
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _held) == 0)
            _drained.TrySetResult();
    }

    private static TimeSpan Later(TimeSpan lag) => lag > TimeSpan.Zero ? lag : TimeSpan.Zero;
}
