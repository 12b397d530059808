using Registry.Core;
using Registry.Server.Storage;

namespace Registry.Server.Hosting;

/// <summary>
/// Starts what the registry does by itself, and ends the process if that breaks: a registry whose leases or watches stand still lies
/// to everybody who asks it.
/// </summary>
internal sealed partial class RegistryKeeper(IServiceProvider services, ILogger<RegistryKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await LoadAsync(stoppingToken) is not { } registry)
            return;
        registry.Start();
        try
        {
            await registry.Failed.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the host. Let through, it is an error in the log of a host that is disposed of without having been stopped.
        }
        catch (Exception failure)
        {
            Log.Broken(logger, failure);
            throw;
        }
    }

    // Null: there will be no registry, and the start says why.
    private async Task<ServiceRegistry?> LoadAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (services.GetService<RegistryLoading>() is { } loading)
                await loading.Loaded.WaitAsync(stoppingToken);
            return services.GetRequiredService<ServiceRegistry>();
        }
        catch (Exception wrong) when (wrong is OperationCanceledException or CannotStartException or ObjectDisposedException)
        {
            // The last of them where a port could not be opened, and the host was gone before all was read.
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "A part of the registry that runs by itself has broken; the server stops", EventName = "RegistryBroken")]
        public static partial void Broken(ILogger logger, Exception failure);
    }
}
