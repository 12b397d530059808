using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Leases;

/// <summary><c>registry lease list</c> and <c>registry lease revoke</c>: what keeps instances alive, and how an operator ends it.</summary>
internal static class LeaseCommand
{
    private const uint PageSize = 1000;

    // How many of the applications on a lease a table names.
    private const int Shown = 2;

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var application = new Option<string>("--application")
        {
            Description = "Only leases that hold an instance of this application. Default: all leases, in all namespaces.",
            HelpName = "name",
        };
        var list = new Command("list", "Lists the leases that live, and what hangs on them.") { application };
        list.SetAction((parsed, cancellationToken) => ListAsync(context, globals.Of(parsed), parsed.GetValue(application) ?? "", cancellationToken));

        var id = new Argument<string>("id") { Description = "The id that lease list shows, or its first 4 digits and more." }.RefusingOptions();
        var revoke = new Command("revoke", "Ends a lease and removes the instances that hang on it.") { id };
        revoke.SetAction((parsed, cancellationToken) => RevokeAsync(context, globals.Of(parsed), parsed.GetRequiredValue(id), cancellationToken));
        return new Command("lease", "Shows and ends leases.") { list, revoke };
    }

    private static async Task<int> ListAsync(CliContext context, Globals globals, string application, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        var leases = ImmutableArray.CreateBuilder<LeaseInfo>();
        var request = new ListLeasesRequest { Namespace = globals.Namespace, Application = application, PageSize = PageSize };
        do
        {
            var page = await connection.Operations.ListLeasesAsync(request, cancellationToken: cancellationToken);
            leases.AddRange(page.Leases);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        if (globals.Output == OutputFormat.Json)
        {
            var document = new LeasesJson([.. leases.Select(ToJson)]);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.LeasesJson));
            return ExitCode.Ok;
        }

        var table = new ResultTable("LEASE", "STATE", "TTL", "LEFT", "INSTANCES", "APPLICATIONS").Sparing("TTL");
        foreach (var lease in leases)
        {
            table.Add(
                lease.Id,
                StateOf(lease),
                DurationText.Format(TimeSpan.FromMilliseconds(lease.TtlMillis)),
                DurationText.Format(TimeSpan.FromMilliseconds(lease.RemainingMillis)),
                lease.InstanceCount.ToString(CultureInfo.InvariantCulture),
                Describe(lease));
        }

        await table.WriteAsync(context);
        return ExitCode.Ok;
    }

    private static async Task<int> RevokeAsync(CliContext context, Globals globals, string id, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        var revoked = await connection.Operations.RevokeLeaseOfAsync(new RevokeLeaseOfRequest { Id = id }, cancellationToken: cancellationToken);
        if (globals.Output == OutputFormat.Json)
        {
            var document = new RevokedJson(revoked.Id, revoked.RemovedInstances, revoked.Revision);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.RevokedJson));
            return ExitCode.Ok;
        }

        var at = revoked.Revision > 0 ? $", revision {revoked.Revision}" : "";
        await context.Out.WriteLineAsync($"revoked {revoked.Id}: {Plural.Of(revoked.RemovedInstances, "instance")} removed{at}");
        return ExitCode.Ok;
    }

    private static LeaseJson ToJson(LeaseInfo lease) => new(
        lease.Id,
        StateOf(lease),
        lease.TtlMillis,
        lease.RemainingMillis,
        lease.InstanceCount,
        [.. lease.Instances.Select(instance => new HeldInstanceJson(instance.Namespace, instance.Application, instance.InstanceId))]);

    private static string StateOf(LeaseInfo lease) => lease.State switch
    {
        LeaseInfo.Types.State.Active => "ACTIVE",
        LeaseInfo.Types.State.Overdue => "OVERDUE",
        // A state of a later version reads as not specified.
        _ => "UNSPECIFIED",
    };

    // Whose instances, and not which: mostly they are of one application, and a table has no room for more.
    private static string Describe(LeaseInfo lease)
    {
        string[] names =
        [
            .. lease.Instances
                .Select(instance => (instance.Namespace == TopicName.DefaultNamespace ? "" : instance.Namespace + ":") + instance.Application)
                .Distinct(StringComparer.Ordinal),
        ];
        return string.Join(", ", names.Take(Shown)) + (names.Length > Shown ? $" +{names.Length - Shown}" : "");
    }
}
