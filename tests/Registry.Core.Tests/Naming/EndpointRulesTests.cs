using Registry.Core.Instances;
using Registry.Core.Naming;
using Xunit;

namespace Registry.Core.Tests.Naming;

/// <summary>Which addresses an instance may declare.</summary>
public sealed class EndpointRulesTests
{
    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.255")]
    [InlineData("223.255.255.254")]
    [InlineData("2001:db8::1")]
    [InlineData("::1")]
    [InlineData("fd00::17")]
    [InlineData("localhost")]
    [InlineData("orders-7d4b9.default.svc.cluster.local")]
    [InlineData("my_host")]
    [InlineData("XN--BCHER-KVA.example")]
    [InlineData("7f3a2b1c9d0e")] // A container's host name: the first digits of its id.
    [InlineData("10-0-0-1.pods.cluster.4you")]
    [InlineData("web.1a")]
    public void Host_ThatOthersCanReach_IsTaken(string host) =>
        Assert.Null(EndpointRules.Check(new EndpointAddress("grpc", host, 1)));

    [Theory]
    [InlineData("", "has 0 characters")]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("::", "unspecified")]
    [InlineData("0:0:0:0:0:0:0:0", "unspecified")]
    [InlineData("0.1.2.3", "0.0.0.0/8")]
    [InlineData("169.254.0.1", "link-local")]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("240.0.0.1", "reserved or broadcast")]
    [InlineData("255.255.255.255", "reserved or broadcast")]
    [InlineData("::ffff:10.0.0.1", "IPv4")]
    [InlineData("::ffff:169.254.169.254", "IPv4")]
    [InlineData("010.0.0.1", "not an IPv4 address")]
    [InlineData("10.0.0.01", "not an IPv4 address")]
    [InlineData("1", "not an IPv4 address")]
    [InlineData("2852039166", "not an IPv4 address")]
    [InlineData("127.1", "not an IPv4 address")]
    [InlineData("0x7f.1", "not an IPv4 address")]
    [InlineData("0x7f000001", "not an IPv4 address")]
    [InlineData("0xA9FEA9FE", "not an IPv4 address")]
    [InlineData("0X7F000001", "not an IPv4 address")]
    [InlineData("10.0.0.0x1", "not an IPv4 address")]
    [InlineData("10.0.0.0x", "not an IPv4 address")]
    [InlineData("1.2.3.4.5", "not an IPv4 address")]
    [InlineData("256.0.0.1", "not an IPv4 address")]
    [InlineData("web.7", "not an IPv4 address")]
    [InlineData("10.0.0.1.", "not a host name")]
    [InlineData("10.0.0.1:80", "not an IPv6 address")]
    [InlineData("fe80::1%eth0", "not an IPv6 address")]
    [InlineData("fe80::1%1", "not an IPv6 address")]
    [InlineData("[2001:db8::1]", "not an IPv6 address")]
    [InlineData("[::1]:80", "not an IPv6 address")]
    [InlineData("2001:db8::1/64", "not an IPv6 address")]
    [InlineData(":::", "not an IPv6 address")]
    [InlineData("::0x1", "not an IPv6 address")]
    [InlineData("a..b", "not a host name")]
    [InlineData(".a", "not a host name")]
    [InlineData("a.", "not a host name")]
    [InlineData("-a", "not a host name")]
    [InlineData("a-", "not a host name")]
    [InlineData("a b", "U+0020")]
    [InlineData("a/b", "'/'")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("bücher.example", "U+00FC")]
    [InlineData("a\u202Eb", "U+202E")]
    [InlineData("１２７.0.0.1", "not an IPv4 address")]
    [InlineData("127.0.0.１", "U+FF11")]
    [InlineData("user@host", "'@'")]
    public void Host_ThatNamesNoSingleReachableHost_IsRefused(string host, string why)
    {
        var error = EndpointRules.Check(new EndpointAddress("grpc", host, 1))?.At("endpoints[1]").At("instances[2]");

        Assert.NotNull(error);
        Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.InvalidField), (error.Kind, error.Reason));
        Assert.Equal("instances[2].endpoints[1].host", error.Field);
        Assert.StartsWith("instances[2].endpoints[1].host: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.All(error.Message, c => Assert.InRange(c, ' ', '~'));
    }

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void Host_Length_IsBounded(int length, bool isFine)
    {
        var host = string.Join('.', Enumerable.Repeat(new string('a', 63), 4))[..Math.Min(length, 255)].TrimEnd('.');
        host = host.PadRight(length, 'a')[..length];

        Assert.Equal(isFine, EndpointRules.Check(new EndpointAddress("grpc", host, 1)) is null);
    }

    [Fact]
    public void Host_LabelOf64Characters_IsRefused() =>
        Assert.NotNull(EndpointRules.Check(new EndpointAddress("grpc", new string('a', 64) + ".example", 1)));

    [Theory]
    [InlineData(1, true)]
    [InlineData(65535, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(65536, false)]
    [InlineData(70000, false)]
    [InlineData(int.MinValue, false)]
    public void Port_Is1To65535(int port, bool isFine)
    {
        var error = EndpointRules.Check(new EndpointAddress("grpc", "h", port));

        Assert.Equal(isFine, error is null);
        Assert.True(isFine || (error!.Field == "port" && error.Message.StartsWith($"port: is {port}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("grpc", true)]
    [InlineData("http/2", false)]
    [InlineData("h2c+tls-1.3", true)]
    [InlineData("", false)]
    [InlineData("GRPC", false)]
    [InlineData("gr pc", false)]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdef", true)]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefg", false)]
    public void Protocol_IsAShortLowerCaseWord(string protocol, bool isFine)
    {
        var error = EndpointRules.Check(new EndpointAddress(protocol, "h", 1));

        Assert.Equal(isFine, error is null);
        Assert.True(isFine || error!.Field == "protocol");
    }
}
