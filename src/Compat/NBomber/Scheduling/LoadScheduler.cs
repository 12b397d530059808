using NBomber.Running;

namespace NBomber.Scheduling;

/// <summary>Walks through a plan by the clock and lets copies start and stop. One loop per scenario; no timer per iteration.</summary>
internal sealed class LoadScheduler(LoadPlan plan, CopyPool copies, TimeProvider time, Random random)
{
    private long _start;

    // Written by the loop, read by whoever shows progress: a reference, so never torn.
    private volatile StrongTick _current = new(default);

    public LoadTick Current => _current.Tick;

    /// <summary>How long the load went on: the whole duration, or until it was stopped.</summary>
    public TimeSpan Executed { get; private set; }

    public TimeSpan Elapsed => _start == 0 ? TimeSpan.Zero : time.GetElapsedTime(_start);

    /// <summary>Ends with the plan, or soon after the token; never fails.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _start = time.GetTimestamp();
        try
        {
            foreach (var tick in plan.Ticks(random))
            {
                await time.WaitUntilAsync(_start, tick.Start, stop).ConfigureAwait(false);
                _current = new StrongTick(tick);
                if (tick.Kind == LoadKind.Iterations)
                    await InjectAsync(tick, stop).ConfigureAwait(false);
                else
                    copies.Resize(tick.Value);
            }

            await time.WaitUntilAsync(_start, plan.Duration, stop).ConfigureAwait(false);
            Executed = plan.Duration;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            var elapsed = Elapsed;
            Executed = elapsed < plan.Duration ? elapsed : plan.Duration;
        }
    }

    // Each iteration at a random moment of the interval. When the loop is late it starts all that is due: an open load owes nobody a
    // smaller number because the machine was slow.
    private async Task InjectAsync(LoadTick tick, CancellationToken stop)
    {
        var length = (tick.End - tick.Start).Ticks;
        var moments = new long[tick.Value];
        for (var i = 0; i < moments.Length; i++)
            moments[i] = random.NextInt64(length);
        Array.Sort(moments);
        foreach (var moment in moments)
        {
            var due = tick.Start + new TimeSpan(moment);
            await time.WaitUntilAsync(_start, due, stop).ConfigureAwait(false);
            copies.Inject(_start + ToTimestamp(due));
        }
    }

    private long ToTimestamp(TimeSpan elapsed) => (long)((Int128)elapsed.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond);

    private sealed record StrongTick(LoadTick Tick);
}
