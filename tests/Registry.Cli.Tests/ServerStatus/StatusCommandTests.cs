using System.Text.Json;
using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.ServerStatus;

public sealed class StatusCommandTests : ServerTest
{
    [Fact]
    public async Task What_there_is_is_counted_and_zeros_are_not_said()
    {
        await RunAsync("register orders a -e grpc://10.0.0.1:1 -i o.O --once");
        await RunAsync("register orders b -e grpc://10.0.0.2:1 --state down --once");

        var lines = await RunAsync("status");

        Assert.Matches($@"^server        {Address}, version \d+\.\d+\.\d+, up [0-9a-z.]+$", lines[0]);
        Assert.Matches("^revision      2, epoch [0-9a-f]{16}$", lines[1]);
        Assert.Equal(
            ["applications  1", "interfaces    1", "instances     2 (1 up, 1 down); 2 without a lease", "leases        0", "watches       0; 0 subscriptions"],
            lines.Skip(2).Take(5));
        Assert.Matches(@"^connections   \d+, at most \d+ at a time$", lines[7]);
    }

    [Fact]
    public async Task JSON_names_each_figure()
    {
        using var status = JsonDocument.Parse(string.Concat(await RunAsync("status -o json")));

        Assert.Equal(
            ["server", "version", "uptimeMillis", "epoch", "revision", "applications", "interfaces", "instances", "leases", "watches", "connections", "connectionsPeak"],
            status.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["total", "up", "draining", "suspect", "down", "withoutLease"],
            status.RootElement.GetProperty("instances").EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["streams", "subscriptions", "keepingUp", "catchingUp", "stalled"],
            status.RootElement.GetProperty("watches").EnumerateObject().Select(property => property.Name));
    }
}
