using Registry.Server.Hosting;

namespace Registry.Server.Health;

/// <summary>
/// Ties readiness to the life of the host: ready once everything has started, the sockets included; no more from the moment that the
/// host is told to stop, before anything is taken down. What needs time before the server may serve (reading back a log)
/// does that in its own <c>StartAsync</c>, which this waits for.
/// </summary>
internal sealed class ServerLifecycle : IHostedLifecycleService
{
    // Streams end by themselves when the host is told to stop; one that does not must leave time for the rest of the stop.
    private static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(5);

    // What clients get to read how their streams ended. A client of .NET whose connection is closed right behind the status
    // reports "the server closed the connection" (INTERNAL) instead, now and then.
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(250);

    private readonly ServerReadiness _readiness;
    private readonly OpenStreams _streams;
    private readonly IHostApplicationLifetime _lifetime;

    /// <summary>Watches the host from now on.</summary>
    public ServerLifecycle(ServerReadiness readiness, OpenStreams streams, IHostApplicationLifetime lifetime)
    {
        (_readiness, _streams, _lifetime) = (readiness, streams, lifetime);
        lifetime.ApplicationStopping.Register(readiness.BeginShutdown);
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _readiness.MarkStarted();
        return Task.CompletedTask;
    }

    /// <summary>Comes before every <c>StopAsync</c>, so before Kestrel closes connections.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A signal has told everybody by now. A call of IHost.StopAsync tells them only after this method.
        _lifetime.StopApplication();
        if (!_streams.EverUsed)
            return;

        // Real time, also where a test drives the registry's clock: what is waited for is at the other end of a socket.
        try
        {
            await _streams.DrainAsync().WaitAsync(StreamPatience, TimeProvider.System, cancellationToken);
            await Task.Delay(Farewell, TimeProvider.System, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // Some stream does not end by itself: Kestrel cuts it at the shutdown timeout.
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
