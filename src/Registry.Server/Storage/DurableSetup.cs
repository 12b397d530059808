using Registry.Server.Hosting;
using Registry.Storage;

namespace Registry.Server.Storage;

/// <summary>Puts a registry into the server whose state is on disk.</summary>
internal static class DurableSetup
{
    /// <summary>
    /// Adds the registry and what watches over its disk. The host makes its hosted services before it starts any of them, and some of them
    /// ask for the registry: so all of the log is read before a port is open.
    /// </summary>
    public static void AddDurableRegistry(this IServiceCollection services)
    {
        services.AddSingleton(provider => Open(provider.GetRequiredService<ServerOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => provider.GetRequiredService<DurableRegistry>().Registry);
        services.AddHostedService<StorageKeeper>();
    }

    private static DurableRegistry Open(ServerOptions options, TimeProvider time)
    {
        try
        {
            return DurableRegistry.Open(options.Storage.Directory, options, time);
        }
        catch (UnusableStorageException unusable)
        {
            throw new CannotStartException(unusable.Message);
        }
    }
}
