using NBomber.Contracts;

namespace NBomber.Scheduling;

/// <summary>The simulations of a scenario, one after the other, as ticks: arithmetic only, no clock.</summary>
internal sealed class LoadPlan
{
    private static readonly TimeSpan ClosedTick = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<Phase> _phases;

    private LoadPlan(IReadOnlyList<Phase> phases, TimeSpan duration)
    {
        _phases = phases;
        Duration = duration;
    }

    public TimeSpan Duration { get; }

    public bool IsOpen => _phases.Any(phase => phase.Load is OpenLoad);

    public static LoadPlan From(IEnumerable<LoadSimulation> loads)
    {
        var phases = new List<Phase>();
        var start = TimeSpan.Zero;
        var value = 0;
        foreach (var load in loads)
        {
            phases.Add(new Phase(load, start, value));
            start += load.During;

            // A ramp begins where the simulation before it ended.
            value = load switch
            {
                ClosedLoad closed => closed.Copies,
                OpenLoad open => open.MaxRate,
                _ => 0,
            };
        }

        return new LoadPlan(phases, start);
    }

    /// <summary>The same load, ended early.</summary>
    public LoadPlan CutAt(TimeSpan duration) => new(_phases, duration < Duration ? duration : Duration);

    /// <summary>How much of the time up to a moment is pauses, which rates do not count.</summary>
    public TimeSpan PausesUntil(TimeSpan moment)
    {
        var pauses = TimeSpan.Zero;
        foreach (var phase in _phases)
        {
            if (phase.Load is PauseLoad && moment > phase.Start)
                pauses += moment < phase.End ? moment - phase.Start : phase.Load.During;
        }

        return pauses;
    }

    /// <summary>The ticks in order, without gaps, from zero to the duration.</summary>
    public IEnumerable<LoadTick> Ticks(Random random)
    {
        foreach (var phase in _phases)
        {
            var step = phase.Load switch
            {
                ClosedLoad => ClosedTick,
                OpenLoad open => open.Interval,
                _ => phase.Load.During,
            };
            for (var start = phase.Start; start < phase.End; start += step)
            {
                if (start >= Duration)
                    yield break;
                var whole = start + step;
                var end = whole < phase.End ? whole : phase.End;
                var tick = phase.At(start, end, step, random);
                yield return end <= Duration ? tick : tick with { End = Duration };
            }
        }
    }

    private sealed record Phase(LoadSimulation Load, TimeSpan Start, int From)
    {
        public TimeSpan End => Start + Load.During;

        public LoadTick At(TimeSpan start, TimeSpan end, TimeSpan step, Random random) => Load switch
        {
            ClosedLoad { Ramps: true } load =>
                new LoadTick("ramping_constant", start, end, LoadKind.Copies, Ramp(load.Copies, end)),
            ClosedLoad load => new LoadTick("keep_constant", start, end, LoadKind.Copies, load.Copies),
            OpenLoad { Shape: OpenShape.Ramp } load =>
                new LoadTick("ramping_inject", start, end, LoadKind.Iterations, Part(Ramp(load.MaxRate, end), end - start, step)),
            OpenLoad { Shape: OpenShape.Random } load => new LoadTick(
                "inject_random", start, end, LoadKind.Iterations, Part(random.Next(load.MinRate, load.MaxRate), end - start, step)),
            OpenLoad load => new LoadTick("inject", start, end, LoadKind.Iterations, Part(load.MaxRate, end - start, step)),
            _ => new LoadTick("pause", start, end, LoadKind.Pause, 0),
        };

        // As far as it is at the end of the tick, so that a ramp reaches its target in its last tick; in whole percents.
        private int Ramp(int target, TimeSpan end)
        {
            var percent = (long)((end - Start) / Load.During * 100);
            return (int)(From + ((target - From) * percent / 100));
        }

        // The last interval may be cut short by the end of the simulation: it gets its share.
        private static int Part(int rate, TimeSpan length, TimeSpan interval) =>
            length == interval ? rate : (int)(rate * (length / interval));
    }
}
