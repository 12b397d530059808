using Registry.Cli.Tests.Running;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Listing;

public sealed class ListCommandTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task All_pages_are_read()
    {
        List<ListInterfacesRequest> asked = [];
        _server.Discovery.OnListInterfaces = request =>
        {
            asked.Add(request);
            var page = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
            return new ListInterfacesResponse
            {
                Interfaces = { new ListInterfacesResponse.Types.Item { Name = $"orders.v1.S{page}", Applications = 2, Revision = 7 } },
                NextPageToken = page < 2 ? $"{page + 1}" : "",
            };
        };
        await using var run = Start("list", "interfaces", "--prefix", "orders.", "-n", "staging");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(
            [
                "INTERFACE     APPLICATIONS  REVISION",
                "orders.v1.S0  2             7",
                "orders.v1.S1  2             7",
                "orders.v1.S2  2             7",
            ],
            run.Out.All);
        Assert.All(asked, request => Assert.Equal(("staging", "orders."), (request.Namespace, request.Prefix)));
        Assert.Equal(["", "1", "2"], asked.Select(request => request.PageToken));
    }

    [Fact]
    public async Task Applications_tell_how_many_instances_are_up()
    {
        _server.Discovery.OnListApplications = _ => new ListApplicationsResponse
        {
            Applications = { new ListApplicationsResponse.Types.Item { Name = "orders", Instances = 3, Up = 2, Builds = 1, Revision = 9 } },
        };
        await using var run = Start("list", "applications", "--output", "json");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(
            """{"namespace":"default","applications":[{"name":"orders","instances":3,"up":2,"builds":1,"revision":9}]}""",
            run.Out.Text.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_to_list_is_ok()
    {
        await using var run = Start("list", "interfaces");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal("INTERFACE  APPLICATIONS  REVISION", Assert.Single(run.Out.All));
    }

    [Fact]
    public async Task On_a_terminal_a_table_is_drawn()
    {
        _server.Discovery.OnListInterfaces = _ => new ListInterfacesResponse
        {
            Interfaces = { new ListInterfacesResponse.Types.Item { Name = "orders[bold]", Applications = 1, Revision = 1 } },
        };
        await using var run = CliRun.Start(["list", "interfaces", "--server", _server.Address.ToString()], "", isTerminal: true);

        Assert.Equal(0, await run.ExitAsync());

        // A name is text and never markup.
        Assert.Contains("orders[bold]", run.Out.Text, StringComparison.Ordinal);
        Assert.Contains("│", run.Out.Text, StringComparison.Ordinal);
    }

    private CliRun Start(params string[] arguments) => CliRun.Start([.. arguments, "--server", _server.Address.ToString()]);
}
