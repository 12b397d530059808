using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Resolving;

/// <summary><c>registry resolve NAME...</c>: who serves it, and where.</summary>
internal static class ResolveCommand
{
    // A build's id is 64 characters; the first dozen tell builds apart for a reader.
    private const int ShortBuild = 12;

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var names = new Argument<string[]>("name")
        {
            Description = "Interfaces, or applications with --application. At most 1,000.",
            Arity = ArgumentArity.OneOrMore,
        }.RefusingOptions();
        var application = new Option<bool>("--application") { Description = "The names are applications: all of their instances." };
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
        using var connection = new RegistryConnection(globals.Server, globals.Timeout);
        TopicName[] topics =
        [
            .. names.Distinct(StringComparer.Ordinal).Select(name =>
                isApplication ? TopicName.Application(globals.Namespace, name) : TopicName.Interface(globals.Namespace, name)),
        ];
        var view = await ReadAsync(connection, topics, context.Time, cancellationToken);
        ResolvedTopic[] resolved = [.. topics.Select(view.Resolve)];

        if (globals.Output == OutputFormat.Json)
        {
            var document = new ResolveJson(
                globals.Namespace, view.Epoch, view.Revision, [.. resolved.Select(ResolvedJson.From)]);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.ResolveJson));
        }
        else if (resolved.Any(topic => topic.Instances.Length > 0))
        {
            await TableOf(resolved, isApplication).WriteAsync(context);
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

    private static async Task<RegistryView> ReadAsync(
        RegistryConnection connection, TopicName[] topics, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = new ResolveRequest { Namespace = topics[0].Namespace };
        foreach (var topic in topics)
        {
            (topic.Kind == TopicKind.Interface ? request.Interfaces : request.Applications).Add(topic.Name);
        }

        try
        {
            var answer = await connection.Discovery.ResolveAsync(request, cancellationToken: cancellationToken);
            return Read(answer);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
        {
            // Too much for one message. A watch sends the same in pieces; its first whole view is the answer.
            return await ReadByWatchAsync(connection, topics, time, cancellationToken);
        }
    }

    // The answer is what a stream would have sent as its first batch.
    private static RegistryView Read(ResolveResponse answer)
    {
        var builder = new ViewBuilder();
        builder.Begin([]);
        foreach (var topic in answer.Interfaces)
        {
            builder.Receive(new WatchResponse { Interface = topic });
        }

        foreach (var topic in answer.Applications)
        {
            builder.Receive(new WatchResponse { Application = topic });
        }

        builder.Receive(new WatchResponse { Sync = answer.Sync });
        return builder.View;
    }

    private static async Task<RegistryView> ReadByWatchAsync(
        RegistryConnection connection, TopicName[] topics, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new WatchSession(
            connection.Discovery, topics, new WatchOptions { Client = ProgramName.WithVersion, SignOfLife = connection.CallTimeout }, time, Random.Shared);
        await foreach (var @event in session.RunAsync(cancellationToken))
        {
            switch (@event)
            {
                case WatchEvent.Changed changed when topics.All(changed.View.Covers):
                    return changed.View;
                case WatchEvent.Interrupted interrupted:
                    throw new RpcException(new Status(interrupted.Fault.Code, interrupted.Fault.Message));
                case WatchEvent.Ended ended:
                    throw new RpcException(new Status((StatusCode)ended.Cause.Code, ended.Cause.Message));
                default:
                    break;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }

    private static ResultTable TableOf(ResolvedTopic[] resolved, bool isApplication)
    {
        string[] columns = ["APPLICATION", "INSTANCE", "ENDPOINTS", "ZONE", "WEIGHT", "STATE", "BUILD", "REVISION"];
        var table = new ResultTable(isApplication ? columns : ["INTERFACE", .. columns]);
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
                table.Add(isApplication ? cells : [topic.Topic.Name, .. cells]);
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
