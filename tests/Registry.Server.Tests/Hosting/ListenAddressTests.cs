using Registry.Server.Hosting;
using Xunit;

namespace Registry.Server.Tests.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:7400", true, false)]
    [InlineData("127.8.9.10:1", true, false)]
    [InlineData("[::1]:65535", true, false)]
    [InlineData("localhost:7400", true, false)]
    [InlineData("0.0.0.0:0", false, true)]
    [InlineData("[::]:7400", false, true)]
    [InlineData("*:7400", false, true)]
    [InlineData("10.1.2.3:7400", false, false)]
    [InlineData("[fd00::1]:7400", false, false)]
    public void Address_KnowsWhoCanReachIt(string text, bool loopback, bool any)
    {
        var address = ListenAddress.Parse(text);

        Assert.Equal((loopback, any), (address.IsLoopback, address.IsAny));
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("7400")]
    [InlineData(":7400")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:+1")]
    [InlineData("127.0.0.1: 1")]
    [InlineData("127.1:7400")]
    [InlineData("1:7400")]
    [InlineData("0x7f.0.0.1:7400")]
    [InlineData("::1:7400")]
    [InlineData("[127.0.0.1]:7400")]
    [InlineData("[::1:7400")]
    [InlineData("registry.example:7400")]
    [InlineData("http://127.0.0.1:7400")]
    [InlineData("127.0.0.1:7400/")]
    public void AnythingElse_IsRefusedWithAnExample(string text)
    {
        var error = Assert.Throws<FormatException>(() => ListenAddress.Parse(text));

        Assert.StartsWith($"'{text}' is not an address to listen on", error.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:7400", error.Message, StringComparison.Ordinal);
    }
}
