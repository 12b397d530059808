using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Client.Balancing;
using Registry.Client.Connecting;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.Client.Telemetry;
using Registry.Client.Watching;

namespace Registry.Client;

/// <summary>
/// A process's way to the registry: who serves what, kept up to date, and what this process serves itself. Making one is cheap, and making
/// many is no mistake: all that name the same servers share one connection, one watch stream, one local view and one lease. Safe for
/// concurrent use.
/// </summary>
public sealed class RegistryClient : IAsyncDisposable, IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SharedRegistry _shared;

    // What this client has not ended itself by the time it is disposed. Any thread adds and removes.
    private readonly ConcurrentDictionary<RegisteredInstance, bool> _registered = new();
    private readonly ConcurrentDictionary<ServiceWatch, bool> _watches = new();
    private int _isDisposed;

    /// <summary>Makes a client. Connects when something is asked for.</summary>
    /// <param name="options">How to find the registry. Null: <c>http://127.0.0.1:7400</c>. Is read now; later changes have no effect.</param>
    /// <param name="loggers">Where it logs, as <c>Registry.Client</c>. Null: nowhere.</param>
    /// <param name="time">The clock of all waits. Null: the system's.</param>
    /// <exception cref="RegistryConfigurationException">An option is out of range; the message names it.</exception>
    public RegistryClient(RegistryClientOptions? options = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        options ??= new RegistryClientOptions();
        _time = time ?? TimeProvider.System;
        _logger = loggers is null ? NullLogger.Instance : new HarmlessLogger(loggers.CreateLogger(RegistryTelemetry.Name));
        _shared = SharedRegistry.Acquire(options, _logger, _time);
        Namespace = options.Namespace.Length > 0 ? options.Namespace : TopicName.DefaultNamespace;
        Zone = options.Zone;
        Balancing = options.Balancing;
        CallTimeout = options.CallTimeout;
    }

    /// <summary>The namespace of names that state none.</summary>
    public string Namespace { get; }

    /// <summary>Where this process runs; empty: nowhere in particular.</summary>
    public string Zone { get; }

    /// <summary>How calls are spread over instances.</summary>
    public BalancingPolicy Balancing { get; }

    /// <summary>Whether what is known is kept up to date.</summary>
    public RegistryConnectionStatus Connection => _shared.View.Status;

    /// <summary>How many topics are followed whose view no server has confirmed, or that have none.</summary>
    public int StaleTopics => _shared.View.StaleCount;

    internal SharedRegistry Shared => _shared;

    internal TimeSpan CallTimeout { get; }

    /// <summary>The topic of an interface in this client's namespace.</summary>
    /// <param name="name">Such as <c>orders.v1.OrderService</c>.</param>
    public TopicName Interface(string name) => TopicName.Interface(Namespace, name);

    /// <summary>The topic of an application in this client's namespace.</summary>
    /// <param name="name">Such as <c>orders</c>.</param>
    public TopicName Application(string name) => TopicName.Application(Namespace, name);

    /// <summary>
    /// What is known of a topic. At once if it is followed already, else after the registry's first answer; then it stays up to date for as
    /// long as it is asked for.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A topic that nobody declares is an answer too: <see cref="ServiceStatus.Unknown"/>.</returns>
    /// <exception cref="RegistryUnavailableException">No server has answered in time, and nothing was kept on disk.</exception>
    /// <exception cref="RegistryException">The server refuses the topic, or all topics that fit are held.</exception>
    public ValueTask<ServiceView> ResolveAsync(TopicName topic, CancellationToken cancellationToken = default) =>
        Find(topic) is { IsStale: false } view ? ValueTask.FromResult(view) : ResolveSlowlyAsync(topic, cancellationToken);

    /// <summary>What is known of a topic that is followed; null: nothing yet. Never waits, takes no lock, asks nobody.</summary>
    /// <param name="topic">The topic.</param>
    public ServiceView? Find(TopicName topic) => _shared.View.Find(topic)?.Latest.View;

    /// <summary>The interfaces of this client's namespace that are mapped, in the order of their names. Asks the registry, a page at a time.</summary>
    /// <param name="prefix">Only names that start so. Default: all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RegistryException">The registry has not answered in time, after all attempts, or refuses.</exception>
    public IAsyncEnumerable<string> ListInterfacesAsync(string prefix = "", CancellationToken cancellationToken = default) =>
        NameListing.InterfacesAsync(_shared.Reads, Namespace, prefix, cancellationToken);

    /// <summary>The applications of this client's namespace, in the order of their names. Asks the registry, a page at a time.</summary>
    /// <param name="prefix">Only names that start so. Default: all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RegistryException">The registry has not answered in time, after all attempts, or refuses.</exception>
    public IAsyncEnumerable<string> ListApplicationsAsync(string prefix = "", CancellationToken cancellationToken = default) =>
        NameListing.ApplicationsAsync(_shared.Reads, Namespace, prefix, cancellationToken);

    /// <summary>Keeps a topic up to date until the watch is disposed.</summary>
    /// <param name="topic">The topic.</param>
    /// <exception cref="RegistryException">All topics that <see cref="RegistryClientOptions.MaxTopics"/> allows are held.</exception>
    /// <exception cref="ArgumentException">The topic is the default value.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public ServiceWatch Watch(TopicName topic)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);

        // It names nothing that a request could carry, and one such request would break the stream that all share.
        if (topic == default)
        {
            throw new ArgumentException("the default value names no topic", nameof(topic));
        }

        var watch = new ServiceWatch(_shared.View, topic, CallTimeout, _time, _logger, left => _watches.TryRemove(left, out _));
        _watches.TryAdd(watch, true);
        if (Volatile.Read(ref _isDisposed) != 0)
        {
            // The disposal may have looked for watches just before this one was there. Other clients keep the view alive, and it would be
            // followed for as long as they do.
            watch.Dispose();
            ObjectDisposedException.ThrowIf(true, this);
        }

        return watch;
    }

    /// <summary>Spreads calls over the instances of a topic until the picker is disposed.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="protocols">
    /// The endpoints that may be called, such as <c>grpc</c>; an instance is called at its first endpoint of the first that it has.
    /// </param>
    /// <exception cref="RegistryException">All topics that <see cref="RegistryClientOptions.MaxTopics"/> allows are held.</exception>
    public ServicePicker CreatePicker(TopicName topic, params ReadOnlySpan<string> protocols) => new(this, topic, protocols);

    /// <summary>
    /// Keeps an instance of this process registered until it is disposed. Returns at once; <see cref="RegisteredInstance.Settled"/> ends when
    /// the registry has confirmed it.
    /// </summary>
    /// <param name="registration">The instance.</param>
    /// <exception cref="RegistryConfigurationException">It has no application, no endpoint, or a negative weight. What else is wrong, the registry says.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has a status that no owner declares.</exception>
    /// <exception cref="InvalidOperationException">This process registers an instance of this name already.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public RegisteredInstance Register(InstanceRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        var (spec, build) = registration.ToSpec(Zone);
        var space = registration.Namespace.Length > 0 ? registration.Namespace : Namespace;
        var instance = _shared.Lease.Add(space, registration.Application, spec, build);
        _registered.TryAdd(instance, true);
        _ = instance.Ended.ContinueWith(_ => _registered.TryRemove(instance, out bool _), TaskScheduler.Default);
        if (Volatile.Read(ref _isDisposed) != 0)
        {
            // As with a watch: nobody would deregister it before the last client leaves.
            _shared.Lease.Remove(instance);
            ObjectDisposedException.ThrowIf(true, this);
        }

        return instance;
    }

    /// <summary>
    /// Ends what this client still watches, and deregisters what it still registers. The last client of these servers closes the stream and
    /// the connection, and revokes the lease. Waits no longer than a few calls may take.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            foreach (var watch in _watches.Keys)
            {
                watch.Dispose();
            }

            await Task.WhenAll(_registered.Keys.Select(instance => instance.DisposeAsync().AsTask())).ConfigureAwait(false);
            await _shared.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting: what has to be closed is closed in the background.</summary>
    public void Dispose() => _ = Task.Run(async () => await DisposeAsync().ConfigureAwait(false));

    private async ValueTask<ServiceView> ResolveSlowlyAsync(TopicName topic, CancellationToken cancellationToken)
    {
        using var activity = RegistryTelemetry.Activities.StartActivity("registry.resolve");
        activity?.SetTag("registry.topic", topic.ToString());
        using var watch = Watch(topic);
        return await watch.FirstAsync(cancellationToken).ConfigureAwait(false);
    }
}
