namespace Registry.LoadTests.Visits;

/// <summary>How many do something at the same time, and how many did at the most. Thread safe.</summary>
internal sealed class Gauge
{
    private int _now;
    private int _peak;

    public int Peak => Volatile.Read(ref _peak);

    /// <summary>One more, until the scope is disposed.</summary>
    public Scope Enter()
    {
        var now = Interlocked.Increment(ref _now);
        for (var peak = Peak; now > peak; peak = Peak)
            Interlocked.CompareExchange(ref _peak, now, peak);
        return new Scope(this);
    }

    internal readonly struct Scope(Gauge gauge) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref gauge._now);
    }
}

/// <summary>The gauges of a run: whether the load was what it was meant to be.</summary>
internal sealed class Gauges
{
    /// <summary>Visitors that are there.</summary>
    public Gauge Visiting { get; } = new();

    /// <summary>Registrations that are on their way or being carried out.</summary>
    public Gauge Registering { get; } = new();
}
