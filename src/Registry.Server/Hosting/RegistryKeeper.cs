using Registry.Core;

namespace Registry.Server.Hosting;

/// <summary>
/// Starts what the registry does by itself, and ends the process if that breaks: a registry whose leases or watches stand still lies
/// to everybody who asks it.
/// </summary>
internal sealed partial class RegistryKeeper(ServiceRegistry registry, ILogger<RegistryKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "A part of the registry that runs by itself has broken; the server stops", EventName = "RegistryBroken")]
        public static partial void Broken(ILogger logger, Exception failure);
    }
}
