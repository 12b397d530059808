using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Registry.Client.Resolving;

namespace Registry.Client.Hosting;

/// <summary>Where others reach this process, from what its server is bound to.</summary>
internal static class BoundEndpoints
{
    /// <exception cref="RegistryConfigurationException">Nothing says where; the message names the option that would.</exception>
    public static IReadOnlyList<ServiceEndpoint> Of(RegistryInstanceOptions options, IServer? server, bool servesGrpc)
    {
        if (options.Endpoints.Count > 0)
        {
            return [.. options.Endpoints];
        }

        var found = new List<ServiceEndpoint>();
        foreach (var bound in server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            // "http://+:80" and "http://*:80" are no URIs; both mean every address.
            if (!Uri.TryCreate(bound.Replace("://+", "://[::]", StringComparison.Ordinal).Replace("://*", "://[::]", StringComparison.Ordinal),
                UriKind.Absolute, out var address) || address.Port == 0)
            {
                continue;
            }

            var host = options.Host.Length > 0 ? options.Host : Reachable(address.IdnHost.Trim('[', ']'));
            if (servesGrpc)
            {
                found.Add(new ServiceEndpoint(address.Scheme == Uri.UriSchemeHttps ? "grpcs" : "grpc", host, address.Port));
            }

            found.Add(new ServiceEndpoint(address.Scheme, host, address.Port));
        }

        return found.Count > 0 ? found
            : throw new RegistryConfigurationException("Instance.Endpoints", "is empty, and the server is bound to no address that could be taken instead");
    }

    private static string Reachable(string host)
    {
        if (host == "localhost")
        {
            return IPAddress.Loopback.ToString();
        }

        return IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? OwnAddress()
            : host;
    }

    // The first that leads somewhere: an interface with a gateway is how others come here.
    private static string OwnAddress()
    {
        var addresses =
            from network in NetworkInterface.GetAllNetworkInterfaces()
            where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
            let properties = network.GetIPProperties()
            orderby properties.GatewayAddresses.Count > 0 descending
            from unicast in properties.UnicastAddresses
            where !IPAddress.IsLoopback(unicast.Address) && !unicast.Address.IsIPv6LinkLocal
            orderby unicast.Address.AddressFamily == AddressFamily.InterNetwork descending
            select unicast.Address.ToString();
        return addresses.FirstOrDefault() ?? IPAddress.Loopback.ToString();
    }
}
