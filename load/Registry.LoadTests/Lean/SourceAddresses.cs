using System.Net;
using System.Net.Sockets;
using Registry.LoadTests.Failures;

namespace Registry.LoadTests.Lean;

/// <summary>
/// Where clients come from. One loopback address has some 28,000 ports, which one client a request uses up in seconds when they are closed
/// politely; so several addresses take turns, and the system chooses the port only when it knows the other end.
/// </summary>
internal static class SourceAddresses
{
    // A bind without this looks for a port that is free whatever the other end: with twenty thousand of them waiting to be forgotten
    // that search takes milliseconds, and the generator falls to a few hundred connections a second and looks like a slow server.
    private const int IpBindAddressNoPort = 24;

    private static int _turn;

    /// <summary>The next of some loopback addresses, 127.0.0.2 and up; null: the server is not on this machine.</summary>
    public static IPAddress? Next(IPEndPoint server, int addresses) =>
        IPAddress.IsLoopback(server.Address) && server.AddressFamily == AddressFamily.InterNetwork && OperatingSystem.IsLinux() && addresses > 0
            ? new IPAddress([127, 0, 0, (byte)(2 + ((uint)Interlocked.Increment(ref _turn) % (uint)Math.Min(addresses, 250)))])
            : null;

    /// <summary>A socket for a connection to a server.</summary>
    public static Socket NewSocket(IPEndPoint server, IPAddress? source)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (source is null)
                return socket;
            ReadOnlySpan<byte> yes = [1, 0, 0, 0];
            socket.SetRawSocketOption((int)SocketOptionLevel.IP, IpBindAddressNoPort, yes);
            socket.Bind(new IPEndPoint(source, 0));
            return socket;
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            throw Explain(failure);
        }
    }

    /// <summary>Tells a want of this side from a refusal by the other.</summary>
    public static LoadException Explain(SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable or SocketError.AddressAlreadyInUse or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable =>
            new LoadException(FailureKind.Generator, $"{failure.SocketErrorCode}"),
        SocketError.ConnectionRefused => new LoadException(FailureKind.ConnectionRefused, "connect: refused"),
        _ => new LoadException(FailureKind.ConnectionLost, $"connect: {failure.SocketErrorCode}"),
    };
}
