using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Cli.Resolving;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Watching;

/// <summary>
/// Turns the views of a watch into lines: of each name first what is there, then what changes. Compares what it has printed
/// with what stands now, so that a reconnect by itself prints nothing.
/// </summary>
internal sealed class WatchPrinter : IWatchOutput
{
    private readonly CliContext _context;
    private readonly OutputFormat _format;
    private readonly MarkedLines _lines;

    // What has been printed, by name; null: nothing yet, because not all of it has arrived.
    private readonly Dictionary<TopicName, ResolvedTopic?> _printed;

    // Of the view that is being printed: one moment and one revision for all of its lines.
    private string _now = "";
    private long _revision;

    public WatchPrinter(CliContext context, OutputFormat format, IEnumerable<TopicName> topics)
    {
        _context = context;
        _format = format;
        _printed = topics.ToDictionary(topic => topic, ResolvedTopic? (_) => null);
        _lines = new MarkedLines(context);
    }

    public async Task ShowAsync(RegistryView view, IEnumerable<TopicName> changed)
    {
        (_now, _revision) = (Timestamp.Of(_context.Time.GetUtcNow()), view.Revision);
        HashSet<TopicName> touched = [.. changed];
        foreach (var (topic, before) in _printed.ToArray())
        {
            if (before is null)
            {
                if (view.Covers(topic))
                {
                    await PrintFirstAsync(view.Resolve(topic));
                }
            }
            else if (Concerns(touched, before))
            {
                await PrintChangeAsync(before, view.Resolve(topic));
            }
        }
    }

    public Task TellAsync(string message) => _context.Error.WriteLineAsync(ErrorLine.Of(message));

    // An application that comes new to an interface comes by a change of the mapping, which is the topic itself.
    private static bool Concerns(HashSet<TopicName> touched, ResolvedTopic topic) =>
        touched.Contains(topic.Topic)
        || topic.Applications.Any(name => touched.Contains(TopicName.Application(topic.Topic.Namespace, name)));

    private async Task PrintFirstAsync(ResolvedTopic now)
    {
        _printed[now.Topic] = now;
        if (_format == OutputFormat.Json || now.Status != ResolvedStatus.Available)
        {
            await PrintStatusAsync(now);
        }

        foreach (var (application, instance) in now.Instances)
        {
            await PrintInstanceAsync(now.Topic, "present", '=', application, instance, []);
        }
    }

    private async Task PrintChangeAsync(ResolvedTopic before, ResolvedTopic now)
    {
        if (now.Status == ResolvedStatus.NotLoaded)
        {
            // A part of it is on its way. What is known is told, the status waits.
            now = now with { Status = before.Status };
        }

        _printed[now.Topic] = now;
        foreach (var change in InstanceChange.Between(before, now))
        {
            switch (change)
            {
                case { Before: null, After: { } added }:
                    await PrintInstanceAsync(now.Topic, "added", '+', change.Application, added, []);
                    break;
                case { After: null, Before: { } removed }:
                    await PrintInstanceAsync(now.Topic, "removed", '-', change.Application, removed, []);
                    break;
                case { Before: { } was, After: { } @is }:
                    InstanceDifference[] differences = [.. InstanceDifference.Between(was, @is)];
                    await PrintInstanceAsync(now.Topic, "changed", '~', change.Application, @is, differences);
                    break;
                default:
                    break;
            }
        }

        if (now.Status != before.Status)
        {
            await PrintStatusAsync(now);
        }
    }

    private Task PrintStatusAsync(ResolvedTopic topic)
    {
        if (_format == OutputFormat.Json)
        {
            return WriteJsonAsync(new WatchJson(
                _now,
                _revision,
                "status",
                ResolvedJson.KindName(topic.Topic.Kind),
                topic.Topic.Name,
                Status: ResolvedJson.StatusName(topic.Status),
                Applications: topic.Applications));
        }

        var what = topic.Status switch
        {
            ResolvedStatus.Unknown => "unknown",
            ResolvedStatus.NoInstance when topic.Topic.Kind == TopicKind.Interface =>
                $"no instance (mapped to {string.Join(", ", topic.Applications)})",
            ResolvedStatus.NoInstance => "no instance",
            _ => "available",
        };
        return _lines.WriteAsync('!', $"{Head()} ! {topic.Topic.Name} {what}");
    }

    private Task PrintInstanceAsync(
        TopicName topic,
        string @event,
        char mark,
        string application,
        Instance instance,
        InstanceDifference[] differences)
    {
        if (_format == OutputFormat.Json)
        {
            return WriteJsonAsync(new WatchJson(
                _now,
                _revision,
                @event,
                ResolvedJson.KindName(topic.Kind),
                topic.Name,
                Instance: InstanceJson.From(application, instance),
                Changes: mark == '~' ? [.. differences.Select(difference => difference.Field)] : null));
        }

        var line = $"{Head()} {mark} {topic.Name} {application}/{instance.Id} "
            + $"{string.Join(',', instance.Endpoints.Select(EndpointText.Format))} {StateName.Of(instance.State)}";
        if (differences.Length > 0)
        {
            line += $" ({InstanceDifference.Describe(differences)})";
        }

        return _lines.WriteAsync(mark, line);
    }

    private string Head() =>
        string.Create(CultureInfo.InvariantCulture, $"{_now} {_revision}");

    private Task WriteJsonAsync(WatchJson line) => _context.Out.WriteLineAsync(JsonOutput.Write(line, JsonOutput.Lines.WatchJson));
}
