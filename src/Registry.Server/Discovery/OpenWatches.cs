using System.Collections.Concurrent;
using Registry.Core.Watching;

namespace Registry.Server.Discovery;

/// <summary>A watch that is open: what the transport knows of it, and the registry's end, which knows the rest. Immutable.</summary>
/// <param name="Id">Counts from 1 since the start.</param>
/// <param name="Peer">Where its connection comes from.</param>
/// <param name="Client">What the client calls itself; empty: it does not say.</param>
/// <param name="OpenedAt">A timestamp of the server's clock.</param>
/// <param name="Stream">The registry's end.</param>
internal sealed record OpenWatch(long Id, string Peer, string Client, long OpenedAt, WatchStream Stream);

/// <summary>The watches that are open, for operators. Thread safe; takes no lock that a watch waits for.</summary>
internal sealed class OpenWatches(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, OpenWatch> _open = new();
    private long _last;

    /// <summary>Lists a watch until what this returns is disposed of.</summary>
    public IDisposable Add(string peer, string client, WatchStream stream)
    {
        var watch = new OpenWatch(Interlocked.Increment(ref _last), peer, client, time.GetTimestamp(), stream);
        _open[watch.Id] = watch;
        return new Entry(this, watch.Id);
    }

    /// <summary>For how long a watch has been open.</summary>
    public TimeSpan AgeOf(OpenWatch watch) => time.GetElapsedTime(watch.OpenedAt);

    /// <summary>The watches after one id, in the order in which they were opened.</summary>
    public IEnumerable<OpenWatch> After(long id, int count) =>
        _open.Select(static pair => pair.Value).Where(watch => watch.Id > id).OrderBy(static watch => watch.Id).Take(count);

    private sealed class Entry(OpenWatches watches, long id) : IDisposable
    {
        public void Dispose() => watches._open.TryRemove(id, out _);
    }
}
