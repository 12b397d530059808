using Microsoft.Extensions.Logging;
using Registry.Client.Caching;
using Registry.Client.Leases;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.Client.Retrying;
using Registry.Client.Telemetry;

namespace Registry.Client.Connecting;

/// <summary>
/// What all clients of a process share that name the same servers and the same identity: the connection, the local view and the lease. It
/// lives from the first client to the last.
/// </summary>
internal sealed class SharedRegistry : IAsyncDisposable
{
    // Guards which ones there are and how many clients each has, so that the last client to leave and the next one to come never meet in one
    // that is being closed. Nobody reads these without it. Taken before all others. Nothing awaits, calls out or does I/O under it: what is
    // made under it connects when it is used first, and what leaves is closed after it.
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Key, SharedRegistry> All = [];

    private readonly Key _key;
    private readonly ServerPool _pool;

    // Owned by Gate.
    private int _clients;

    private ClientMetrics? _metrics;

    private SharedRegistry(Key key, IReadOnlyList<ServerAddress> addresses, Prepared prepared, RegistryClientOptions options, TimeProvider time)
    {
        _key = key;
        var random = Random.Shared;
        Options = LocalViewOptions.Of(options);
        _pool = new ServerPool(
            addresses, address => new RegistryConnection(address, options.CallTimeout, prepared.Tls), time, random);
        var once = new PoolInvoker(_pool, options.CallTimeout);
        View = new LocalView(_pool, Options, prepared.File, prepared.Cached, time, random, prepared.Logger);
        Lease = new KeptLease(
            new Protocol.V1.Registration.RegistrationClient(once),
            new LeaseOptions { TimeToLive = options.LeaseTtl, ShortestRetry = options.ShortestRetry, LongestRetry = options.LongestRetry },
            options.CallTimeout,
            time,
            random,
            prepared.Logger);
        Reads = new Protocol.V1.Discovery.DiscoveryClient(new PoolInvoker(
            _pool, options.CallTimeout, CallRetries.Create(options.CallAttempts, options.ShortestRetry, options.LongestRetry, time)));
    }

    public LocalViewOptions Options { get; }

    public LocalView View { get; }

    public KeptLease Lease { get; }

    /// <summary>For unary reads, which are tried again.</summary>
    public Protocol.V1.Discovery.DiscoveryClient Reads { get; }

    /// <summary>The one of these servers and this identity; disposing it gives one client's share back.</summary>
    /// <exception cref="RegistryConfigurationException">An option is out of range, or names a file that can't be used.</exception>
    public static SharedRegistry Acquire(RegistryClientOptions options, ILogger logger, TimeProvider time)
    {
        var addresses = options.Validate();
        var identity = ServerIdentity.Of(options.Tls);
        var names = string.Join(',', addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal));
        var key = new Key(names, identity, time);
        if (TryJoin(key) is { } there)
        {
            return there;
        }

        // Files are read before the lock is taken. Who comes second for it has read in vain.
        var file = ViewFile.In(options.CacheDirectory, $"{names} {identity}", logger);
        var prepared = new Prepared(identity.Load(), file, file?.Load(), logger);
        SharedRegistry? shared;
        lock (Gate)
        {
            if (All.TryGetValue(key, out shared))
            {
                shared._clients++;
                return shared;
            }

            shared = new SharedRegistry(key, addresses, prepared, options, time) { _clients = 1 };
            All.Add(key, shared);
        }

        // Not under the lock: whoever listens to meters is called when one comes.
        shared._metrics = new ClientMetrics(shared.View, shared.Lease, shared._pool);
        return shared;
    }

    /// <summary>Gives one client's share back; the last one closes.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (Gate)
        {
            if (--_clients > 0)
            {
                return;
            }

            All.Remove(_key);
        }

        _metrics?.Dispose();
        await Lease.DisposeAsync().ConfigureAwait(false);
        await View.DisposeAsync().ConfigureAwait(false);
        _pool.Dispose();
    }

    private static SharedRegistry? TryJoin(Key key)
    {
        lock (Gate)
        {
            if (All.TryGetValue(key, out var shared))
            {
                shared._clients++;
            }

            return shared;
        }
    }

    private sealed record Key(string Addresses, ServerIdentity Identity, TimeProvider Time);

    private sealed record Prepared(
        System.Net.Security.SslClientAuthenticationOptions? Tls, ViewFile? File, Watching.RegistryView? Cached, ILogger Logger);
}
