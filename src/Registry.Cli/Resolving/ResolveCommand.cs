using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Completing;
using Registry.Cli.Connecting;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Cli.Reading;
using Registry.Client.Watching;

namespace Registry.Cli.Resolving;

/// <summary><c>registry resolve NAME...</c>: who serves it, and where.</summary>
internal static class ResolveCommand
{
    // A build's id is 64 characters; the first dozen tell builds apart for a reader.
    private const int ShortBuild = 12;

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var application = Flag.Create("--application", "The names are applications: all of their instances.");
        var names = new Argument<string[]>("name")
        {
            Description = "Interfaces, or applications with --application. At most 1,000.",
            HelpName = "name",
            Arity = ArgumentArity.OneOrMore,
        }.RefusingOptions().CompletingNames(globals, parsed => parsed.GetValue(application));
        var command = new Command("resolve", "Prints the instances that serve an interface.");
        command.Add(names);
        command.Add(application);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            context, globals.Of(parsed), parsed.GetRequiredValue(names), parsed.GetValue(application), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, Globals globals, string[] names, bool isApplication, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        ImmutableArray<TopicName> topics =
        [
            .. names.Distinct(StringComparer.Ordinal).Select(name =>
                isApplication ? TopicName.Application(globals.Namespace, name) : TopicName.Interface(globals.Namespace, name)),
        ];
        var view = await OneTimeRead.ReadAsync(connection, topics, context.Time, cancellationToken);
        ResolvedTopic[] resolved = [.. topics.Select(view.Resolve)];

        if (globals.Output == OutputFormat.Json)
        {
            var document = new ResolveJson(
                globals.Namespace, view.Epoch, view.Revision, [.. resolved.Select(ResolvedJson.From)]);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.ResolveJson));
        }
        else if (context.IsTerminal)
        {
            // A table for each, so that long names of interfaces do not take the room of everything else.
            foreach (var topic in resolved.Where(topic => topic.Instances.Length > 0))
            {
                await new MarkedLines(context).WriteAsync(' ', $"{topic.Topic.Name}: {Plural.Of(topic.Instances.Length, "instance")}");
                await TableOf([topic], withInterface: false).WriteAsync(context);
            }
        }
        else if (resolved.Any(topic => topic.Instances.Length > 0))
        {
            await TableOf(resolved, withInterface: !isApplication).WriteAsync(context);
        }

        foreach (var topic in resolved)
        {
            if (Explain(topic, globals.Namespace) is { } line)
            {
                await context.Error.WriteLineAsync(line);
            }
        }

        return resolved.Any(topic => topic.Status is ResolvedStatus.Unknown or ResolvedStatus.NotLoaded) ? ExitCode.NotFound
            : resolved.Any(topic => topic.Status == ResolvedStatus.NoInstance) ? ExitCode.NoInstance
            : ExitCode.Ok;
    }

    private static ResultTable TableOf(ResolvedTopic[] resolved, bool withInterface)
    {
        string[] columns = ["APPLICATION", "INSTANCE", "ENDPOINTS", "ZONE", "WEIGHT", "STATE", "BUILD", "REVISION"];
        var table = new ResultTable(withInterface ? ["INTERFACE", .. columns] : columns).Sparing("REVISION", "BUILD", "WEIGHT", "ZONE");
        foreach (var topic in resolved)
        {
            foreach (var (application, instance) in topic.Instances)
            {
                string[] cells =
                [
                    application,
                    instance.Id,
                    string.Join(',', instance.Endpoints.Select(EndpointText.Format)),
                    instance.Zone,
                    instance.Weight.ToString(CultureInfo.InvariantCulture),
                    StateName.Of(instance.State),
                    instance.BuildId.Length > ShortBuild ? instance.BuildId[..ShortBuild] : instance.BuildId,
                    instance.Revision.ToString(CultureInfo.InvariantCulture),
                ];
                table.Add(withInterface ? [topic.Topic.Name, .. cells] : cells);
            }
        }

        return table;
    }

    private static string? Explain(ResolvedTopic topic, string @namespace) => topic switch
    {
        { Status: ResolvedStatus.Unknown or ResolvedStatus.NotLoaded } =>
            ErrorLine.Of($"NOT_FOUND: {topic.Topic} is unknown in namespace {@namespace}"),
        { Status: ResolvedStatus.NoInstance, Topic.Kind: TopicKind.Interface } =>
            ErrorLine.Of($"no instance: {topic.Topic} is mapped to {string.Join(", ", topic.Applications)}, where no instance serves it at present"),
        { Status: ResolvedStatus.NoInstance } => ErrorLine.Of($"no instance: {topic.Topic} is known and has no instance at present"),
        _ => null,
    };
}
