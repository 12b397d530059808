using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Cli.Resolving;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Subscriptions;

/// <summary><c>registry subs</c>: who watches what, and whether it keeps up.</summary>
internal static class SubscriptionsCommand
{
    private const uint PageSize = 1000;

    // How many of a stream's topics a table names.
    private const int Shown = 1;

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var command = new Command("subs", "Lists the watch streams that are open, of all namespaces, and what they are subscribed to.");
        command.SetAction((parsed, cancellationToken) => RunAsync(context, globals.Of(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        var streams = ImmutableArray.CreateBuilder<WatchInfo>();
        var request = new ListSubscriptionsRequest { PageSize = PageSize };
        do
        {
            var page = await connection.Operations.ListSubscriptionsAsync(request, cancellationToken: cancellationToken);
            streams.AddRange(page.Streams);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        if (globals.Output == OutputFormat.Json)
        {
            var document = new SubscriptionsJson([.. streams.Select(ToJson)]);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.SubscriptionsJson));
            return ExitCode.Ok;
        }

        var table = new ResultTable("ID", "CLIENT", "PEER", "OPEN", "STATE", "REVISION", "SUBSCRIPTIONS", "TOPICS").Sparing("SUBSCRIPTIONS", "REVISION", "OPEN", "PEER");
        foreach (var stream in streams)
        {
            table.Add(
                Text(stream.Id),
                stream.Client,
                stream.Peer,
                DurationText.Format(TimeSpan.FromMilliseconds(stream.ConnectedMillis)),
                StateOf(stream),
                stream.Revision < 0 ? "" : Text(stream.Revision),
                Text(stream.SubscriptionCount),
                Describe(stream));
        }

        await table.WriteAsync(context);
        return ExitCode.Ok;
    }

    private static WatchStreamJson ToJson(WatchInfo stream) => new(
        stream.Id,
        stream.Client,
        stream.Peer,
        stream.ConnectedMillis,
        StateOf(stream),
        stream.Revision,
        stream.SubscriptionCount,
        stream.FollowedTopics,
        [.. NamesOf(stream).Select(topic => new TopicJson(ResolvedJson.KindName(topic.Kind), topic.Namespace, topic.Name))]);

    private static string StateOf(WatchInfo stream) => stream.State switch
    {
        WatchInfo.Types.State.KeepingUp => "KEEPING_UP",
        WatchInfo.Types.State.CatchingUp => "CATCHING_UP",
        WatchInfo.Types.State.Stalled => "STALLED",
        // A state of a later version reads as not specified.
        _ => "UNSPECIFIED",
    };

    private static string Describe(WatchInfo stream)
    {
        var names = NamesOf(stream).Take(Shown).Select(topic =>
            (topic.Namespace == TopicName.DefaultNamespace ? "" : topic.Namespace + ":") + (topic.Kind == TopicKind.Application ? "app " : "") + topic.Name);
        var more = stream.SubscriptionCount - Math.Min(stream.SubscriptionCount, Shown);
        return string.Join(", ", names) + (more > 0 ? $" +{more}" : "");
    }

    private static IEnumerable<TopicName> NamesOf(WatchInfo stream) => stream.Topics.Select(TopicName.From).OfType<TopicName>();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
