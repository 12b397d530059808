using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Registry.Core;
using Registry.Server.Hosting;
using Registry.TestKit.Changes;

namespace Registry.TestKit.Hosting;

/// <summary>A server whose log takes nothing: what clients meet when the disk is slow or ill.</summary>
public static class RefusingLog
{
    /// <summary>Gives the server a registry that refuses every change so.</summary>
    public static void AddRegistryThatRefuses(this IServiceCollection services, RegistryError refusal)
    {
        services.RemoveAll<ServiceRegistry>();
        services.AddSingleton(provider => new ServiceRegistry(
            provider.GetRequiredService<ServerOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            new HistoryLog { Refusal = refusal },
            static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false)));
    }
}
