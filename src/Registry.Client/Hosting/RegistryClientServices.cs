using Grpc.Net.Client.Balancer;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Client;
using Registry.Client.Channels;
using Registry.Client.Hosting;
using Registry.Client.Http;
using Registry.Client.Watching;

#pragma warning disable IDE0130 // Extensions of services and builders stand where their users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds the registry client to a host.</summary>
public static class RegistryClientServices
{
    /// <summary>
    /// Adds one <see cref="RegistryClient"/>, and what gRPC channels need for <c>registry:///orders</c>. Options come from the section
    /// <c>Registry:Client</c>, where there is a configuration, and then from <paramref name="configure"/>. Calling it again adds nothing but
    /// the options.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes options. Null: nothing.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRegistryClient(this IServiceCollection services, Action<RegistryClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<RegistryClientOptions>().BindConfiguration(RegistryClientOptions.SectionName);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new RegistryClient(
            provider.GetRequiredService<IOptions<RegistryClientOptions>>().Value,
            provider.GetService<ILoggerFactory>(),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ResolverFactory, RegistryResolverFactory>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<LoadBalancerFactory, RegistryBalancerFactory>());
        return services;
    }

    /// <summary>
    /// Registers this service when its addresses are bound, and on shutdown drains and deregisters it before the server stops. Options come
    /// from the section <c>Registry:Client:Instance</c>, and then from <paramref name="configure"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes options. Null: nothing.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRegistryInstance(this IServiceCollection services, Action<RegistryInstanceOptions>? configure = null)
    {
        services.AddRegistryClient();
        var options = services.AddOptions<RegistryInstanceOptions>().BindConfiguration(RegistryInstanceOptions.SectionName);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, InstanceService>(provider => new InstanceService(
            provider.GetRequiredService<RegistryClient>(),
            provider.GetRequiredService<IOptions<RegistryInstanceOptions>>(),
            provider.GetRequiredService<IHostEnvironment>(),
            provider.GetService<IServer>(),
            provider.GetServices<EndpointDataSource>(),
            provider.GetRequiredService<ILogger<InstanceService>>(),
            provider.GetRequiredService<TimeProvider>())));
        return services;
    }

    /// <summary>Sends requests such as <c>http://orders/v1/list</c> to an instance of the application <c>orders</c>.</summary>
    /// <param name="builder">The HTTP client's.</param>
    /// <param name="topicOf">See <see cref="RegistryDiscoveryHandler"/>. Null: hosts of one label and without a port are applications.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder AddRegistryDiscovery(this IHttpClientBuilder builder, Func<Uri, TopicName?>? topicOf = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddRegistryClient();
        return builder.AddHttpMessageHandler(provider => new RegistryDiscoveryHandler(provider.GetRequiredService<RegistryClient>(), topicOf));
    }

    /// <summary>Adds a check that is degraded while what is known of the registry is not kept up to date, and never unhealthy.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name. Default <c>registry</c>.</param>
    /// <param name="tags">Its tags. Null: none.</param>
    /// <returns>The same builder.</returns>
    public static IHealthChecksBuilder AddRegistry(this IHealthChecksBuilder builder, string name = "registry", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddRegistryClient();
        return builder.Add(new HealthCheckRegistration(
            name, provider => new RegistryHealthCheck(provider.GetRequiredService<RegistryClient>()), HealthStatus.Degraded, tags));
    }
}
