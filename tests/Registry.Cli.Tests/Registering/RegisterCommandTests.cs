using Registry.Cli.Tests.Running;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Registering;

/// <summary>One instance from arguments, on a lease or without one.</summary>
public sealed class RegisterCommandTests : ServerTest
{
    [Fact]
    public async Task Held_until_told_to_stop_with_all_that_was_said()
    {
        var run = Start("register orders orders-1 -e grpc://10.0.0.1:50051 -e http://[2001:db8::1]:80 -i o.O -i o.P --zone eu-1a --weight 7 -m a=1 -m b=x=y --state draining --ttl 30");
        Assert.Equal("applied orders: 1 instance, 1 build, revision 1", await run.Out.NextAsync());
        await run.Out.NextAsync("holding 1 instance of 1 application");

        var instance = Assert.Single(await ReadAsync("orders"));
        Assert.Equal(("orders-1", "eu-1a", 7u, InstanceState.Draining, ""), (instance.Id, instance.Zone, instance.Weight, instance.State, instance.Holder));
        Assert.Equal(["grpc 10.0.0.1 50051", "http 2001:db8::1 80"], instance.Endpoints.Select(e => $"{e.Protocol} {e.Host} {e.Port}"));
        Assert.Equal([("a", "1"), ("b", "x=y")], instance.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, m.Value)));
        Assert.Contains("ACTIVE  30s", (await RunAsync("lease list"))[1], StringComparison.Ordinal);
        Assert.Contains("orders", string.Join('\n', await RunAsync("resolve o.P")), StringComparison.Ordinal);

        await run.StopAsync();
        Assert.Equal(0, await run.ExitAsync());
        Assert.Empty(await ReadAsync("orders"));
    }

    [Fact]
    public async Task Once_it_exits_and_the_instance_stays_under_the_holder()
    {
        Assert.Equal(
            "holder registry-cli: 1 instance added, 0 changed, 0 removed, 0 unchanged; revision 1",
            (await RunAsync("register orders db -e tcp://10.0.0.1:5432 --once"))[^1]);
        await RunAsync("register orders db2 -e tcp://10.0.0.2:5432 --once --holder ops");

        Assert.Equal(["registry-cli", "ops"], (await ReadAsync("orders")).Select(instance => instance.Holder));
    }

    [Theory]
    [InlineData("register a b", "Option '--endpoint' is required; see registry --help")]
    [InlineData("register a b -e nope", "--endpoint: expected an endpoint such as grpc://10.0.0.1:50051, found \"nope\"; see registry --help")]
    [InlineData("register a b -e grpc://h:1 --weight 10001", "--weight: expected a whole number from 0 to 10000, found \"10001\"; see registry --help")]
    [InlineData("register a b -e grpc://h:1 --ttl 0", "--ttl: expected a whole number from 1 to 86400, found \"0\"; see registry --help")]
    [InlineData("register a b -e grpc://h:1 -m x", "--metadata: expected key=value, found \"x\"; see registry --help")]
    [InlineData("register a b -e grpc://h:1 -m x=1 -m x=2", "--metadata: the key \"x\" is here twice; expected once; see registry --help")]
    [InlineData("register a b -e grpc://h:1 --state suspect", "--state: expected up, draining or down, found \"suspect\"; see registry --help")]
    [InlineData("register a b -e grpc://h:1 --holder x", "--holder needs --once; see registry --help")]
    [InlineData("register a b -e grpc://h:1 --once --ttl 5", "--ttl is of a lease, and with --once there is none; see registry --help")]
    [InlineData("register a..b b -e grpc://h:1 --once", "INVALID_ARGUMENT INVALID_FIELD: application: has two dots in a row")]
    [InlineData("register a b -e grpc://h:1 --once -i x..y", "INVALID_ARGUMENT INVALID_FIELD: interface: has two dots in a row")]
    [InlineData("register a ..b -e grpc://h:1", "INVALID_ARGUMENT INVALID_FIELD: id: starts with '.'; names start with a letter or a digit")]
    public async Task What_is_wrong_is_named_in_one_line(string line, string complaint) =>
        Assert.Equal("registry: " + complaint, await FailAsync(line, 2));
}
