using System.Diagnostics.Metrics;

namespace Registry.Server.Hosting;

/// <summary>
/// How many connections the server has, by Kestrel's own meter: what it says of itself, not what a client believes to have opened. Both
/// ports count. Thread safe.
/// </summary>
internal sealed class ConnectionCounts : IDisposable
{
    private const string Meter = "Microsoft.AspNetCore.Server.Kestrel";
    private const string Instrument = "kestrel.active_connections";

    private readonly MeterListener _listener = new();
    private long _now;
    private long _peak;
    private long _total;

    /// <param name="meters">This host's: another host in the same process has meters of the same names.</param>
    public ConnectionCounts(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == Meter && instrument.Name == Instrument && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Count(change));
        _listener.Start();
    }

    /// <summary>Connections that are open.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>The most that were open at a time.</summary>
    public long Peak => Volatile.Read(ref _peak);

    /// <summary>Connections that were opened since the start.</summary>
    public long Total => Volatile.Read(ref _total);

    public void Dispose() => _listener.Dispose();

    private void Count(long change)
    {
        var now = Interlocked.Add(ref _now, change);
        if (change <= 0)
            return;
        Interlocked.Add(ref _total, change);
        for (var peak = Peak; now > peak; peak = Peak)
            Interlocked.CompareExchange(ref _peak, now, peak);
    }
}
