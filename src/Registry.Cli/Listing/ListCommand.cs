using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Cli.Reading;
using Registry.Protocol.V1;

namespace Registry.Cli.Listing;

/// <summary><c>registry list interfaces|applications</c>: all names of a namespace, however many pages they take.</summary>
internal static class ListCommand
{
    private const uint PageSize = 1000;

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var prefix = new Option<string>("--prefix")
        {
            Description = "Only names that start so.",
            HelpName = "text",
            Recursive = true,
            DefaultValueFactory = _ => "",
        };
        var interfaces = new Command("interfaces", "The interfaces that are mapped, and how many applications serve each.");
        interfaces.SetAction((parsed, cancellationToken) =>
            InterfacesAsync(context, globals.Of(parsed), parsed.GetRequiredValue(prefix), cancellationToken));
        var applications = new Command("applications", "The applications, and how many instances and builds each has.");
        applications.SetAction((parsed, cancellationToken) =>
            ApplicationsAsync(context, globals.Of(parsed), parsed.GetRequiredValue(prefix), cancellationToken));
        var command = new Command("list", "Lists the names of a namespace.") { prefix, interfaces, applications };
        return command;
    }

    private static async Task<int> InterfacesAsync(
        CliContext context, Globals globals, string prefix, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        var items = ImmutableArray.CreateBuilder<InterfaceJson>();
        var request = new ListInterfacesRequest { Namespace = globals.Namespace, Prefix = prefix, PageSize = PageSize };
        do
        {
            var page = await connection.Discovery.ListInterfacesAsync(request, cancellationToken: cancellationToken);
            items.AddRange(page.Interfaces.Select(item => new InterfaceJson(item.Name, item.Applications, item.Revision)));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        if (globals.Output == OutputFormat.Json)
        {
            var document = new InterfacesJson(globals.Namespace, items.DrainToImmutable());
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.InterfacesJson));
            return ExitCode.Ok;
        }

        var table = new ResultTable("INTERFACE", "APPLICATIONS", "REVISION");
        foreach (var item in items)
        {
            table.Add(item.Name, Text(item.Applications), Text(item.Revision));
        }

        await table.WriteAsync(context);
        return ExitCode.Ok;
    }

    private static async Task<int> ApplicationsAsync(
        CliContext context, Globals globals, string prefix, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        var items = (await ListedApplications.ReadAsync(connection, globals.Namespace, prefix, cancellationToken))
            .Select(item => new ApplicationJson(item.Name, item.Instances, item.Up, item.Builds, item.Revision))
            .ToImmutableArray();

        if (globals.Output == OutputFormat.Json)
        {
            var document = new ApplicationsJson(globals.Namespace, items);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.ApplicationsJson));
            return ExitCode.Ok;
        }

        var table = new ResultTable("APPLICATION", "INSTANCES", "UP", "BUILDS", "REVISION");
        foreach (var item in items)
        {
            table.Add(item.Name, Text(item.Instances), Text(item.Up), Text(item.Builds), Text(item.Revision));
        }

        await table.WriteAsync(context);
        return ExitCode.Ok;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
