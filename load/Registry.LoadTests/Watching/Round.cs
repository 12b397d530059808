namespace Registry.LoadTests.Watching;

/// <summary>One change on its way to everybody who watches. Thread safe.</summary>
/// <param name="number">The change's.</param>
/// <param name="watchers">How many are to get it.</param>
internal sealed class Round(int number, int watchers)
{
    private readonly long[] _arrivals = new long[watchers];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _arrived;

    public int Number => number;

    /// <summary>Completes when all have it.</summary>
    public Task Done => _done.Task;

    /// <summary>How many have it.</summary>
    public int Arrived => Math.Min(Volatile.Read(ref _arrived), watchers);

    /// <summary>One more has it.</summary>
    public void Arrive()
    {
        var index = Interlocked.Increment(ref _arrived) - 1;
        if (index >= watchers)
            return;
        _arrivals[index] = TimeProvider.System.GetTimestamp();
        if (index == watchers - 1)
            _done.TrySetResult();
    }

    /// <summary>
    /// When each had it, from a moment on; never negative: a watcher may be told before the writer is. After <see cref="Done"/>.
    /// </summary>
    public IEnumerable<TimeSpan> Since(long timestamp) =>
        _arrivals.Select(at => at <= timestamp ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(timestamp, at));
}
