using System.Collections.Immutable;
using Grpc.Core;

namespace Registry.Client.Connecting;

/// <summary>How the calls to one server went. An attempt counts when it starts, a failure when it ends in an error.</summary>
internal sealed record ServerStatistics(ServerAddress Address, long Attempts, long Failures, int FailuresInARow, bool IsCurrent);

/// <summary>
/// The servers of one registry, and which of them is asked at present: one for all calls, so that a caller reads what it wrote. When it
/// fails, the next one in the ring takes its place. Safe for concurrent use.
/// </summary>
internal sealed class ServerPool : IDisposable
{
    // Guards which server is current and every server's counters, so that a count and the decision that rests on it belong together.
    // Nobody reads them without it. A leaf: no other lock is taken under it. Nothing awaits or calls out under it.
    //
    // Why the counters are here: a retry count that is raised outside the lock of what it decides about was the fault of a Kafka client. Ten
    // calls fail at once on one server; each must count, and only the first may move the pool on. Counted outside, the second would find the
    // pool on the next server already and take its own failure for that one's.
    private readonly Lock _gate = new();

    private readonly ImmutableArray<PooledServer> _servers;
    private readonly TimeProvider _time;
    private int _current;

    /// <param name="addresses">At least one. Which comes first is drawn, so that many clients spread over the servers.</param>
    /// <param name="connect">Makes the connection to one of them.</param>
    /// <param name="time">The clock of the servers' requests not to be asked for a while.</param>
    /// <param name="random">Draws the first.</param>
    public ServerPool(
        IEnumerable<ServerAddress> addresses, Func<ServerAddress, RegistryConnection> connect, TimeProvider time, Random random)
    {
        _servers = [.. addresses.Select(address => new PooledServer(address, connect))];
        _time = time;
        _current = random.Next(_servers.Length);
    }

    /// <summary>The server to ask now.</summary>
    public PooledServer Current
    {
        get
        {
            lock (_gate)
            {
                return _servers[_current];
            }
        }
    }

    /// <summary>How the calls to each server went, all at one moment.</summary>
    public ImmutableArray<ServerStatistics> Statistics
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _servers.Select((server, index) => new ServerStatistics(
                        server.Address, server.Attempts, server.Failures, server.FailuresInARow, index == _current)),
                ];
            }
        }
    }

    /// <summary>Takes the current server for one attempt.</summary>
    public PooledServer Begin()
    {
        lock (_gate)
        {
            var server = _servers[_current];
            server.Attempts++;
            return server;
        }
    }

    /// <summary>An attempt that was begun has brought an answer; a refusal is one.</summary>
    public void Succeeded(PooledServer server)
    {
        lock (_gate)
        {
            server.FailuresInARow = 0;
        }
    }

    /// <summary>An attempt that was begun has failed. If it was the current server's, and another may do better, that is current from now on.</summary>
    public void Failed(PooledServer server, RegistryFault fault)
    {
        lock (_gate)
        {
            server.Failures++;
            server.FailuresInARow++;
            var now = _time.GetTimestamp();
            if (fault.RetryAfter is { } wait)
            {
                server.NotBefore = now + (long)(wait.TotalSeconds * _time.TimestampFrequency);
            }

            if (ReferenceEquals(server, _servers[_current]) && MayBeBetterElsewhere(fault))
            {
                _current = NextAfter(_current, now);
            }
        }
    }

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Dispose();
        }
    }

    // GOAWAY, a broken or refused connection and a server that shuts down all come as UNAVAILABLE.
    private static bool MayBeBetterElsewhere(RegistryFault fault) => fault.Code is StatusCode.Unavailable
        or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss;

    // The next one that wants to be asked; if none does, the one whose time comes first.
    private int NextAfter(int index, long now)
    {
        var best = index;
        for (var i = 1; i <= _servers.Length; i++)
        {
            var candidate = (index + i) % _servers.Length;
            if (_servers[candidate].NotBefore <= now)
            {
                return candidate;
            }

            if (_servers[candidate].NotBefore < _servers[best].NotBefore)
            {
                best = candidate;
            }
        }

        return best;
    }
}
