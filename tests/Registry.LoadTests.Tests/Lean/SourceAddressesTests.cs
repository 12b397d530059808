using System.Net;
using System.Net.Sockets;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;

namespace Registry.LoadTests.Tests.Lean;

public sealed class SourceAddressesTests
{
    [Theory]
    [InlineData(SocketError.AddressNotAvailable, FailureKind.Generator)]
    [InlineData(SocketError.AddressAlreadyInUse, FailureKind.Generator)]
    [InlineData(SocketError.TooManyOpenSockets, FailureKind.Generator)]
    [InlineData(SocketError.NoBufferSpaceAvailable, FailureKind.Generator)]
    [InlineData(SocketError.ConnectionRefused, FailureKind.ConnectionRefused)]
    [InlineData(SocketError.ConnectionReset, FailureKind.ConnectionLost)]
    [InlineData(SocketError.TimedOut, FailureKind.ConnectionLost)]
    internal void WantOfThisSide_IsToldFromARefusal(SocketError error, FailureKind expected) =>
        Assert.Equal(expected, SourceAddresses.Explain(new SocketException((int)error)).Kind);

    [Fact]
    public void Addresses_TakeTurns_ForAServerOnThisMachineAlone()
    {
        var near = new IPEndPoint(IPAddress.Loopback, 1);
        var turns = Enumerable.Range(0, 8).Select(_ => SourceAddresses.Next(near, 4)).ToHashSet();
        if (OperatingSystem.IsLinux())
            Assert.Equal(4, turns.Count);
        Assert.Null(SourceAddresses.Next(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1), 4));
        Assert.Null(SourceAddresses.Next(near, 0));
    }
}
