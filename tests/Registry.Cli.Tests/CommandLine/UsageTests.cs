using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.CommandLine;

/// <summary>What the command line says to who holds it wrong.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("")]
    [InlineData("list")]
    [InlineData("resolve")]
    [InlineData("watch")]
    [InlineData("apply")]
    [InlineData("nonsense")]
    [InlineData("resolve a --nonsense")]
    [InlineData("resolve a --output xml")]
    [InlineData("resolve a --timeout 0")]
    [InlineData("resolve a --timeout -1")]
    [InlineData("resolve a --timeout 2h")]
    [InlineData("resolve a --server registry")]
    [InlineData("resolve a --server http://registry:7400/path")]
    [InlineData("apply a b")]
    public async Task A_wrong_command_line_is_one_line_and_exit_code_2(string line)
    {
        await using var run = CliRun.Start(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, await run.ExitAsync());

        Assert.StartsWith("registry: ", Assert.Single(run.Error.All), StringComparison.Ordinal);
        Assert.Empty(run.Out.All);
    }

    [Fact]
    public async Task A_wrong_variable_is_named()
    {
        var variables = new Dictionary<string, string> { ["REGISTRY_SERVER"] = "nonsense" };
        await using var run = CliRun.Start(["resolve", "a"], "", variables: variables);

        Assert.Equal(2, await run.ExitAsync());

        Assert.Equal(
            "registry: REGISTRY_SERVER: expected http://host:port, https://host:port or host:port, found \"nonsense\"",
            Assert.Single(run.Error.All));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("resolve --help")]
    [InlineData("apply -h")]
    public async Task Help_is_not_an_error_and_tells_the_exit_codes(string line)
    {
        await using var run = CliRun.Start(line.Split(' '));

        Assert.Equal(0, await run.ExitAsync());

        Assert.Contains("Exit codes:", run.Out.Text, StringComparison.Ordinal);
        foreach (var code in Enumerable.Range(0, 10))
        {
            Assert.Contains($"\n  {code}  ", run.Out.Text, StringComparison.Ordinal);
        }

        Assert.Empty(run.Error.All);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        await using var run = CliRun.Start("--version");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Matches(@"^\d+\.\d+\.\d+", Assert.Single(run.Out.All));
    }

    [Theory]
    [InlineData("resolve a")]
    [InlineData("list interfaces")]
    public async Task A_server_that_is_not_there_is_one_line_and_exit_code_4(string line)
    {
        // Port 1 of loopback: nothing listens there.
        await using var run = CliRun.Start([.. line.Split(' '), "--server", "127.0.0.1:1", "--timeout", "30"]);

        Assert.Equal(4, await run.ExitAsync());

        Assert.Equal("registry: UNAVAILABLE: http://127.0.0.1:1: Connection refused", Assert.Single(run.Error.All));
    }
}
