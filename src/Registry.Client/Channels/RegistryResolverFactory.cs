using Grpc.Net.Client.Balancer;

namespace Registry.Client.Channels;

/// <summary>
/// Lets gRPC channels resolve <c>registry:</c> addresses: <c>registry:///orders</c> an application,
/// <c>registry:///interface/orders.v1.OrderService</c> an interface. <c>AddRegistryClient</c> registers it; pass the services to
/// <c>GrpcChannelOptions.ServiceProvider</c>. A channel is told each change when it comes; all channels of a process share one stream.
/// </summary>
/// <param name="client">Where channels ask. Is not disposed with them.</param>
public sealed class RegistryResolverFactory(RegistryClient client) : ResolverFactory
{
    /// <summary><c>registry</c>.</summary>
    public override string Name => ServiceAddress.Scheme;

    /// <summary>Makes the resolver of one channel.</summary>
    /// <param name="options">The channel's address.</param>
    /// <exception cref="RegistryConfigurationException">The address is not of the form; the message says what is wrong with it.</exception>
    public override Resolver Create(ResolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RegistryResolver(client, ServiceAddress.Parse(options.Address, client.Namespace));
    }
}
