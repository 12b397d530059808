using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.Output;

/// <summary>Colour only on a terminal, and never with NO_COLOR; nothing is drawn into a pipe.</summary>
public sealed class TerminalTests : ServerTest
{
    private const string Escape = "\u001b[";

    [Theory]
    [InlineData(true, "", true)]
    [InlineData(true, "1", false)]
    [InlineData(false, "", false)]
    public async Task Colour_is_for_terminals_without_NO_COLOR(bool isTerminal, string noColor, bool hasColour)
    {
        await RunAsync("register orders a -e grpc://10.0.0.1:1 -i o.O --once");
        var run = Start("resolve o.O", isTerminal: isTerminal, variables: new() { ["NO_COLOR"] = noColor });

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(hasColour, run.Out.Text.Contains(Escape, StringComparison.Ordinal));
        Assert.Equal(isTerminal, run.Out.Text.Contains('│'));
    }

    [Fact]
    public async Task A_narrow_terminal_loses_columns_and_not_rows()
    {
        await RunAsync("register orders orders-with-a-long-name-1 -e grpc://orders-1.orders.svc.cluster.local:50051 --zone eu-1a -i o.O --once");
        var run = Start("resolve o.O", isTerminal: true, variables: new() { ["NO_COLOR"] = "1" });

        Assert.Equal(0, await run.ExitAsync());

        // The library takes a terminal that it can't see for 80 columns wide.
        Assert.DoesNotContain("REVISION", run.Out.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("BUILD", run.Out.Text, StringComparison.Ordinal);
        Assert.Contains("ENDPOINTS", run.Out.Text, StringComparison.Ordinal);
        Assert.All(run.Out.All, line => Assert.InRange(line.Length, 0, 80));
    }
}
