using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Client.Registering;

namespace Registry.Client.Hosting;

/// <summary>
/// Registers this service when Kestrel's addresses are bound. On shutdown it drains, waits, deregisters, and only then lets the server stop.
/// </summary>
internal sealed partial class InstanceService(
    RegistryClient client,
    IOptions<RegistryInstanceOptions> options,
    IHostEnvironment environment,
    IServer? server,
    IEnumerable<EndpointDataSource> endpoints,
    ILogger<InstanceService> logger,
    TimeProvider time) : IHostedLifecycleService
{
    private RegisteredInstance? _instance;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        settings.Validate();
        var services = GrpcServices.Of(endpoints);
        var places = BoundEndpoints.Of(settings, server, services.Count > 0);
        _instance = client.Register(new InstanceRegistration
        {
            Application = settings.Application.Length > 0 ? settings.Application : environment.ApplicationName,
            InstanceId = settings.InstanceId,
            Endpoints = places,
            Interfaces = settings.Interfaces.Count > 0 ? [.. settings.Interfaces] : services,
            Zone = settings.Zone,
            Weight = settings.Weight,
            Metadata = new Dictionary<string, string>(settings.Metadata),
        });
        LogRegistering(logger, _instance.Application, _instance.Id, string.Join(", ", places));
        if (settings.StartTimeout == TimeSpan.Zero && !settings.FailFast)
        {
            return;
        }

        try
        {
            await _instance.Settled.WaitAsync(settings.StartTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or RegistryException)
        {
            if (settings.FailFast)
            {
                throw;
            }

            LogNotYet(logger, _instance.Application, _instance.Id, failure.Message);
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_instance is not { } instance || instance.Ended.IsCompleted)
        {
            return;
        }

        try
        {
            await instance.DrainAsync(cancellationToken).WaitAsync(client.CallTimeout, time, cancellationToken).ConfigureAwait(false);
            await Task.Delay(options.Value.DrainDelay, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or RegistryException or OperationCanceledException or ObjectDisposedException)
        {
            LogNotDrained(logger, instance.Application, instance.Id, failure.Message);
        }

        await instance.DisposeAsync().ConfigureAwait(false);
        if (instance.Ended.IsCompleted)
        {
            LogLeft(logger, instance.Application, instance.Id);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(40, LogLevel.Information, "registering {Application}/{Instance} at {Endpoints}")]
    private static partial void LogRegistering(ILogger logger, string application, string instance, string endpoints);

    [LoggerMessage(43, LogLevel.Information, "{Application}/{Instance} has left the registry")]
    private static partial void LogLeft(ILogger logger, string application, string instance);

    [LoggerMessage(41, LogLevel.Warning, "{Application}/{Instance} is not registered yet, and goes on trying: {Problem}")]
    private static partial void LogNotYet(ILogger logger, string application, string instance, string problem);

    [LoggerMessage(42, LogLevel.Warning, "{Application}/{Instance} leaves without having drained: {Problem}")]
    private static partial void LogNotDrained(ILogger logger, string application, string instance, string problem);
}
