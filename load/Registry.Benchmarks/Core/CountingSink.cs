using System.Diagnostics;
using Registry.Core;
using Registry.Core.Watching;

namespace Registry.Benchmarks.Core;

/// <summary>Accepts every batch at once and counts those with something in them, together with all sinks of the same audience.</summary>
internal sealed class CountingSink(Audience audience) : IWatchSink
{
    public bool TryWrite(WatchBatch batch)
    {
        if (batch.Items.Count > 0)
            audience.Arrived();
        return true;
    }

    public void Abort(RegistryError error) => throw new InvalidOperationException(error.Message);
}

/// <summary>How many have been told in this round, and when the last of them was. Written by the pump alone.</summary>
internal sealed class Audience(int size)
{
    private int _told;
    private long _lastAt;

    public bool IsTold => Volatile.Read(ref _told) >= size;

    /// <summary>When the last was told; meaningless before.</summary>
    public long LastAt => Volatile.Read(ref _lastAt);

    /// <summary>Begins a round. While the pump has nothing to do.</summary>
    public void Reset() => Volatile.Write(ref _told, 0);

    public void Arrived()
    {
        if (_told + 1 == size)
            Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
        Volatile.Write(ref _told, _told + 1);
    }
}
