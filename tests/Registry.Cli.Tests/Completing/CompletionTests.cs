using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.Completing;

/// <summary>What shells are told. The scripts' own lines are tried with the shell, where it is there.</summary>
public sealed class CompletionTests : ServerTest
{
    [Theory]
    [InlineData("und", "undrain")]
    [InlineData("lease rev", "revoke")]
    [InlineData("resolve x --output j", "json")]
    [InlineData("register a b --state dr", "draining")]
    [InlineData("completion f", "fish")]
    [InlineData("snapshot ver", "verify")]
    [InlineData("snapshot restore x --d", "--data")]
    public async Task Commands_options_and_values_are_suggested(string typed, string expected) =>
        Assert.Contains(expected, await SuggestAsync(typed));

    [Fact]
    public async Task Names_come_from_the_server()
    {
        await RunAsync("register orders a -e grpc://10.0.0.1:1 -i o.Orders -i o.Other --once");

        Assert.Equal(["o.Orders", "o.Other"], await SuggestAsync($"resolve --server {Address} o.O"));
        Assert.Equal(["orders"], await SuggestAsync($"watch --application --server {Address} ord"));
        Assert.Equal(["orders"], await SuggestAsync($"drain --server {Address} ord"));
    }

    [Fact]
    public async Task A_server_that_is_away_suggests_nothing_and_says_nothing()
    {
        await using var run = CliRun.Start("[suggest:28]", "drain --server 127.0.0.1:1 o");

        Assert.Equal(0, await run.ExitAsync());
        Assert.Empty(run.Error.All);
    }

    [Fact]
    public async Task Help_asks_no_server()
    {
        await using var run = CliRun.Start("--help", "--server", "127.0.0.1:1");

        Assert.Equal(0, await run.ExitAsync());
        Assert.Contains("  resolve <name>  ", run.Out.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -F _registry_complete registry")]
    [InlineData("zsh", "compdef _registry registry")]
    [InlineData("fish", "complete -c registry -f -a '(__registry_complete)'")]
    public async Task Each_shell_has_its_script(string shell, string line) => Assert.Contains(line, await RunAsync($"completion {shell}"));

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "bash is not installed at /bin/bash");
        await using var shell = CliProcess.StartShell(
            $$"""
            exec /bin/bash -c 'registry() { {{CliProcess.ShellCommand.Replace("'", "", StringComparison.Ordinal)}} "$@"; }
            eval "$(registry completion bash)"
            COMP_LINE="registry und" COMP_POINT=12 COMP_WORDS=(registry und) COMP_CWORD=1
            _registry_complete
            echo "${COMPREPLY[*]}"'
            """);

        Assert.Equal("undrain", await shell.NextLineAsync());
    }

    private static async Task<IReadOnlyList<string>> SuggestAsync(string typed)
    {
        await using var run = CliRun.Start($"[suggest:{typed.Length}]", typed);
        Assert.Equal(0, await run.ExitAsync());
        return [.. run.Out.All.Where(line => line.Length > 0)];
    }
}
