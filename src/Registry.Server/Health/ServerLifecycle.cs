namespace Registry.Server.Health;

/// <summary>
/// Ties readiness to the life of the host: ready once everything has started, the sockets included; no more from the moment
/// that the host is told to stop, before anything is taken down. What needs time before the server may serve (reading back a
/// log) does that in its own <c>StartAsync</c>, which this waits for.
/// </summary>
internal sealed class ServerLifecycle : IHostedLifecycleService
{
    private readonly ServerReadiness _readiness;

    /// <summary>Watches the host from now on.</summary>
    public ServerLifecycle(ServerReadiness readiness, IHostApplicationLifetime lifetime)
    {
        _readiness = readiness;
        lifetime.ApplicationStopping.Register(readiness.BeginShutdown);
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _readiness.MarkStarted();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
