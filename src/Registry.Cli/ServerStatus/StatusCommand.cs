using System.CommandLine;
using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Protocol.V1;

namespace Registry.Cli.ServerStatus;

/// <summary><c>registry status</c>: how the server stands.</summary>
internal static class StatusCommand
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var command = new Command("status", "Shows how the server stands: revision, instances, leases, watches, connections.");
        command.SetAction((parsed, cancellationToken) => RunAsync(context, globals.Of(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        var status = await connection.Operations.StatusAsync(new StatusRequest(), cancellationToken: cancellationToken);
        var instances = status.Instances ?? new InstanceCounts();
        var watches = status.Watches ?? new WatchCounts();
        if (globals.Output == OutputFormat.Json)
        {
            var document = new StatusJson(
                globals.Server.ToString(),
                status.Version,
                status.UptimeMillis,
                status.Epoch,
                status.Revision,
                status.Applications,
                status.Interfaces,
                new InstanceCountsJson(instances.Total, instances.Up, instances.Draining, instances.Suspect, instances.Down, instances.WithoutLease),
                status.Leases,
                new WatchCountsJson(watches.Streams, watches.Subscriptions, watches.KeepingUp, watches.CatchingUp, watches.Stalled),
                status.Connections,
                status.ConnectionsPeak);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.StatusJson));
            return ExitCode.Ok;
        }

        (string What, string Value)[] lines =
        [
            ("server", $"{globals.Server}, version {status.Version}, up {DurationText.Format(TimeSpan.FromMilliseconds(status.UptimeMillis))}"),
            ("revision", $"{Text(status.Revision)}, epoch {status.Epoch}"),
            ("applications", Text(status.Applications)),
            ("interfaces", Text(status.Interfaces)),
            ("instances", Text(instances.Total) + Parts((instances.Up, "up"), (instances.Draining, "draining"), (instances.Suspect, "suspect"), (instances.Down, "down"))
                + (instances.WithoutLease > 0 ? $"; {instances.WithoutLease} without a lease" : "")),
            ("leases", Text(status.Leases)),
            ("watches", Text(watches.Streams) + Parts((watches.KeepingUp, "keeping up"), (watches.CatchingUp, "catching up"), (watches.Stalled, "stalled"))
                + $"; {Plural.Of(watches.Subscriptions, "subscription")}"),
            ("connections", $"{Text(status.Connections)}, at most {Text(status.ConnectionsPeak)} at a time"),
        ];
        foreach (var (what, value) in lines)
        {
            await context.Out.WriteLineAsync($"{what,-14}{ErrorLine.Printable(value)}");
        }

        return ExitCode.Ok;
    }

    // What is zero is not said.
    private static string Parts(params (uint Count, string What)[] parts) =>
        parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.What}").ToArray() is { Length: > 0 } said ? $" ({string.Join(", ", said)})" : "";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
