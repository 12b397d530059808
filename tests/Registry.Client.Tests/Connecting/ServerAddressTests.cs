using Registry.Client.Connecting;

namespace Registry.Client.Tests.Connecting;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7400", "http://127.0.0.1:7400")]
    [InlineData("https://registry.example:7400", "https://registry.example:7400")]
    [InlineData("https://registry.example", "https://registry.example")]
    [InlineData("127.0.0.1:7400", "http://127.0.0.1:7400")]
    [InlineData("localhost:7400", "http://localhost:7400")]
    [InlineData("registry:80", "http://registry")]
    [InlineData("[::1]:7400", "http://[::1]:7400")]
    public void An_address_is_a_URL_or_host_and_port(string text, string expected)
    {
        Assert.True(ServerAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("registry")]
    [InlineData("7400")]
    [InlineData(":7400")]
    [InlineData("registry:port")]
    [InlineData("registry:70000")]
    [InlineData("ftp://registry:7400")]
    [InlineData("unix:///var/run/registry")]
    [InlineData("http://registry:7400/path")]
    [InlineData("http://registry:7400/?query")]
    [InlineData("http://registry:7400/#fragment")]
    [InlineData("http://user:secret@registry:7400")]
    public void What_is_neither_is_refused(string? text) => Assert.False(ServerAddress.TryParse(text, out _));
}
