using Registry.Cli.Tests.Running;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Registering;

/// <summary>What an operator does to instances that are there.</summary>
public sealed class DrainAndDeregisterTests : ServerTest
{
    [Fact]
    public async Task Drain_and_undrain_change_the_state_of_those_that_are_named_or_of_all()
    {
        await RegisterAsync("a", "b", "c");

        Assert.Equal(["2 instances of orders are DRAINING, revision 4"], await RunAsync("drain orders a c"));
        Assert.Equal([InstanceState.Draining, InstanceState.Up, InstanceState.Draining], (await ReadAsync("orders")).Select(instance => instance.State));
        Assert.Equal(["3 instances of orders are DRAINING, revision 5"], await RunAsync("drain orders --all"));
        Assert.Equal(["1 instance of orders is UP, revision 6"], await RunAsync("undrain orders b b"));
        Assert.Equal(
            """{"namespace":"default","application":"orders","state":"UP","instances":["a","b","c"],"revision":7}""",
            string.Concat(await RunAsync("undrain orders --all -o json")).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drain_of_what_is_not_there_is_not_found_and_changes_none()
    {
        await RegisterAsync("a");

        Assert.StartsWith("registry: NOT_FOUND INSTANCE_UNKNOWN: ", await FailAsync("drain orders a nobody", 3), StringComparison.Ordinal);
        Assert.Equal("registry: NOT_FOUND: application nobody has no instance in namespace default", await FailAsync("drain nobody --all", 3));
        Assert.Equal(InstanceState.Up, (await ReadAsync("orders")).Single().State);
    }

    [Fact]
    public async Task Deregister_removes_and_says_what_was_not_there()
    {
        await RegisterAsync("a", "b");

        Assert.Equal(["deregistered 1 instance of orders, revision 3; 1 not there"], await RunAsync("deregister orders a nobody"));
        Assert.Equal(
            """{"namespace":"default","application":"orders","asked":1,"removed":1,"revision":4}""",
            string.Concat(await RunAsync("deregister orders b -o json")).Replace(" ", "", StringComparison.Ordinal));
        Assert.Empty(await ReadAsync("orders"));
    }

    [Theory]
    [InlineData("drain orders", "drain: expected instances, or --all; see registry --help")]
    [InlineData("undrain orders a --all", "undrain: expected instances, or --all; see registry --help")]
    [InlineData("deregister orders", "Required argument 'id' missing for command: 'deregister'; see registry --help")]
    public async Task A_wrong_command_line_is_one_line(string line, string complaint) => Assert.Equal("registry: " + complaint, await FailAsync(line, 2));

    private async Task RegisterAsync(params string[] ids)
    {
        foreach (var id in ids)
        {
            await RunAsync($"register orders {id} -e grpc://10.0.0.1:1 --once");
        }
    }
}
