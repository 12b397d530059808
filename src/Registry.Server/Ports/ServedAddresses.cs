using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Registry.Server.Hosting;

namespace Registry.Server.Ports;

/// <summary>The addresses that the server really has, known once it listens: with port 0 the system chose.</summary>
internal sealed class ServedAddresses
{
    /// <summary>The gRPC endpoint.</summary>
    public ServedAddress Grpc { get; private set; } = null!;

    /// <summary>The HTTP endpoint.</summary>
    public ServedAddress Http { get; private set; } = null!;

    /// <summary>Remembers the endpoints; Kestrel fills their ports in when it binds them.</summary>
    public void Set(ServedAddress grpc, ServedAddress http) => (Grpc, Http) = (grpc, http);
}

/// <summary>The address of one endpoint.</summary>
internal sealed record ServedAddress(ListenAddress Configured, ListenOptions Endpoint, string Scheme)
{
    /// <summary>The address that a client on this machine can dial.</summary>
    public string FromThisMachine => Configured.IsAny ? At(IPAddress.Loopback) : At(Configured.Address);

    private int Port => Endpoint.IPEndPoint?.Port ?? Configured.Port;

    /// <summary>The address for whoever is at the other end of a connection: a wildcard means the address that they dialled.</summary>
    public string SeenFrom(ConnectionContext connection) =>
        Configured.IsAny && connection.LocalEndPoint is IPEndPoint local ? At(local.Address) : ToString();

    /// <summary>The address as it was configured, with the port that it really has.</summary>
    public override string ToString() => $"{Scheme}://{Configured.WithPort(Port)}";

    private string At(IPAddress address) =>
        $"{Scheme}://{new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, Port)}";
}
