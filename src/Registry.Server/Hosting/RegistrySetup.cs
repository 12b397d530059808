using Grpc.AspNetCore.Server.Model;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Registry.Core;
using Registry.Server.Discovery;
using Registry.Server.Operations;
using Registry.Server.Registration;
using Registry.Server.Storage;
using Registry.Storage.Backups;

namespace Registry.Server.Hosting;

/// <summary>Puts the registry itself into the server.</summary>
internal static class RegistrySetup
{
    /// <summary>Adds the registry, what keeps it running, and its services.</summary>
    public static void AddRegistry(this IServiceCollection services, ServerOptions options)
    {
        if (options.Storage.Mode == StorageMode.Disk)
        {
            services.AddDurableRegistry();
        }
        else
        {
            services.AddSingleton(provider =>
                new ServiceRegistry(provider.GetRequiredService<ServerOptions>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<TakeBackup>(provider =>
                () => StateBackup.OfMemory(provider.GetRequiredService<ServiceRegistry>(), provider.GetRequiredService<TimeProvider>()));
        }

        services.AddHostedService<RegistryKeeper>();
        services.AddSingleton<RegistrationService>();
        services.AddSingleton<OpenWatches>();
        services.AddSingleton<DiscoveryService>();
        services.AddSingleton<BackupStreams>();
        services.AddSingleton<OperationsService>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<DiscoveryService>, DiscoveryMethods>());
    }

    /// <summary>Maps the registry's gRPC services.</summary>
    public static void MapRegistry(this IEndpointRouteBuilder grpc)
    {
        grpc.MapGrpcService<RegistrationService>();
        grpc.MapGrpcService<DiscoveryService>();
        grpc.MapGrpcService<OperationsService>();
    }
}
