using Registry.Server.Hosting;
using Registry.Server.Operations;
using Registry.Storage;

namespace Registry.Server.Storage;

/// <summary>Puts a registry into the server whose state is on disk.</summary>
internal static class DurableSetup
{
    /// <summary>Adds the registry, what reads it from the disk, and what watches over the disk from then on.</summary>
    public static void AddDurableRegistry(this IServiceCollection services)
    {
        services.AddSingleton<OpenDurableRegistry>(provider =>
        {
            var options = provider.GetRequiredService<ServerOptions>();
            var time = provider.GetRequiredService<TimeProvider>();
            return progress => DurableRegistry.Open(options.Storage.Directory, options, options.Storage, time, progress);
        });
        services.AddSingleton<RegistryLoading>();
        services.AddHostedService(provider => provider.GetRequiredService<RegistryLoading>());
        services.AddSingleton(provider => provider.GetRequiredService<RegistryLoading>().Durable.Registry);
        services.AddSingleton<TakeBackup>(provider => () => provider.GetRequiredService<RegistryLoading>().Durable.TakeBackup());
        services.AddSingleton<StorageMetrics>();
        services.AddHostedService<StorageKeeper>();
    }
}
