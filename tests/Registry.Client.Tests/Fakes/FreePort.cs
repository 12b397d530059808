using System.Net;
using System.Net.Sockets;

namespace Registry.Client.Tests.Fakes;

/// <summary>A port of loopback for a server that has to come back where it was.</summary>
internal static class FreePort
{
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
