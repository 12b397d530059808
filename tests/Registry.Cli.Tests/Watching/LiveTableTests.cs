using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.Watching;

/// <summary>On a terminal a watch is a table that is drawn over; redirected, or asked for, it is lines.</summary>
public sealed class LiveTableTests : ServerTest
{
    private const string Up = "\u001b[";

    [Fact]
    public async Task A_change_draws_the_table_anew_with_what_happened_below()
    {
        await RunAsync("register orders a -e grpc://10.0.0.1:1 -i o.O --once");
        var watch = Start("watch o.O", isTerminal: true);
        await watch.Out.NextAsync("o.O: 1 instance");
        await watch.Out.NextAsync("orders/a");

        await RunAsync("drain orders a");
        await watch.Out.NextAsync("o.O: 1 instance, 0 up");
        await watch.Out.NextAsync("~ orders/a state UP -> DRAINING");
        await RunAsync("deregister orders a");
        await watch.Out.NextAsync("o.O: no instance (mapped to orders)");
        await watch.Out.NextAsync("- orders/a");
        await watch.StopAsync();

        Assert.Equal(0, await watch.ExitAsync());
        Assert.Contains(Up, watch.Out.Text, StringComparison.Ordinal);
        Assert.Empty(watch.Error.All);
    }

    [Fact]
    public async Task More_than_the_screen_takes_is_counted_and_what_happened_last_stays_in_sight()
    {
        var instances = Enumerable.Range(0, 60).Select(i => $$"""{"id":"i-{{i:00}}","endpoints":["grpc://10.1.1.{{i}}:1"]}""");
        await RunAsync("apply - --once --holder many", $$"""{"applications":[{"name":"many","builds":{"v1":["m.M"]},"instances":[{{string.Join(',', instances)}}]}]}""");
        var watch = Start("watch m.M", isTerminal: true);
        await watch.Out.NextAsync("m.M: 60 instances");
        await watch.Out.NextAsync("more; registry resolve lists all");

        await RunAsync("drain many i-59");
        await watch.Out.NextAsync("m.M: 60 instances, 59 up");
        await watch.Out.NextAsync("~ many/i-59 state UP -> DRAINING");
        Assert.DoesNotContain(watch.Out.All, line => line.StartsWith("  many/i-59", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_server_does_is_told_in_the_picture()
    {
        var watch = Start("watch o.O", isTerminal: true);
        await watch.Out.NextAsync("o.O: unknown");

        await Server.StopAsync();

        await watch.Out.NextAsync("! watch interrupted: UNAVAILABLE SHUTTING_DOWN");
        Assert.Empty(watch.Error.All);
    }

    [Theory]
    [InlineData("watch o.O --lines", "")]
    [InlineData("watch o.O", "dumb")]
    [InlineData("watch o.O -o json", "")]
    public async Task Lines_where_they_are_asked_for_or_nothing_else_can_be_shown(string line, string terminal)
    {
        var watch = Start(line, isTerminal: true, variables: new() { ["TERM"] = terminal, ["NO_COLOR"] = "1" });

        Assert.Contains("unknown", await watch.Out.NextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Up, watch.Out.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_first_answer_it_ends_with_4_and_says_why_below_the_picture()
    {
        await using var watch = CliRun.Start(["watch", "o.O", "--server", "127.0.0.1:1", "--timeout", "200ms"], "", isTerminal: true);

        Assert.Equal(4, await watch.ExitAsync());

        Assert.Equal("registry: UNAVAILABLE: http://127.0.0.1:1: Connection refused", Assert.Single(watch.Error.All));
    }
}
