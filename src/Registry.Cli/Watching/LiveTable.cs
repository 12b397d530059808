using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Client.Watching;
using Registry.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Registry.Cli.Watching;

/// <summary>A table on a terminal, one for each name, drawn anew with each change: what is there now, and below it what happened last.</summary>
internal sealed class LiveTable : IWatchOutput
{
    private const int KeptNews = 5;

    // What a name takes beside its instances (its line, the table's head and frame, the line that counts the rest), what follows the
    // tables, and how many instances of each name are shown on the smallest screen.
    private const int FramePerTopic = 6;
    private const int Foot = 2;
    private const int LeastRows = 3;

    private readonly CliContext _context;
    private readonly IAnsiConsole _console;
    private readonly LiveDisplayContext _display;
    private readonly TopicName[] _topics;

    // What is shown, by name; null: not all of it has arrived.
    private readonly Dictionary<TopicName, ResolvedTopic?> _shown;
    private readonly Queue<(char Mark, string Text)> _news = new();
    private string _state = "connecting";

    private LiveTable(CliContext context, IAnsiConsole console, LiveDisplayContext display, TopicName[] topics)
    {
        _context = context;
        _console = console;
        _display = display;
        _topics = topics;
        _shown = topics.ToDictionary(topic => topic, ResolvedTopic? (_) => null);
    }

    /// <summary>Owns the terminal while something follows the topics; the last picture stays when that ends.</summary>
    public static async Task<WatchEnd> RunAsync(CliContext context, TopicName[] topics, Func<IWatchOutput, Task<WatchEnd>> follow)
    {
        var console = Terminal.Open(context, redraws: true);
        return await console.Live(Text.Empty).Overflow(VerticalOverflow.Ellipsis).StartAsync(async display =>
        {
            var table = new LiveTable(context, console, display, topics);
            table.Draw();
            return await follow(table);
        });
    }

    public Task ShowAsync(RegistryView view, IEnumerable<TopicName> changed)
    {
        _state = string.Create(CultureInfo.InvariantCulture, $"revision {view.Revision}");
        foreach (var topic in _topics)
        {
            var now = view.Resolve(topic);
            if (_shown[topic] is { } before)
            {
                // A part of it is on its way: what is known is shown, its status waits.
                now = now.Status == ResolvedStatus.NotLoaded ? now with { Status = before.Status } : now;
                Note(before, now);
                _shown[topic] = now;
            }
            else if (view.Covers(topic))
            {
                _shown[topic] = now;
            }
        }

        Draw();
        return Task.CompletedTask;
    }

    public Task TellAsync(string message)
    {
        Note('!', message);
        Draw();
        return Task.CompletedTask;
    }

    private void Note(ResolvedTopic before, ResolvedTopic now)
    {
        foreach (var change in InstanceChange.Between(before, now))
        {
            var name = $"{change.Application}/{(change.After ?? change.Before)!.Id}";
            switch (change)
            {
                case { Before: null }:
                    Note('+', name);
                    break;
                case { After: null }:
                    Note('-', name);
                    break;
                default:
                    Note('~', $"{name} {InstanceDifference.Describe(InstanceDifference.Between(change.Before!, change.After!))}");
                    break;
            }
        }
    }

    private void Note(char mark, string text)
    {
        var time = _context.Time.GetUtcNow().ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        _news.Enqueue((mark, ErrorLine.Printable($"{time} {mark} {text}")));
        if (_news.Count > KeptNews)
        {
            _news.Dequeue();
        }
    }

    private void Draw()
    {
        // What does not fit is cut here: cut by the library at the end of the screen, what happened last would be lost.
        var room = Math.Max(LeastRows, ((_console.Profile.Height - _news.Count - Foot) / _topics.Length) - FramePerTopic);
        List<IRenderable> rows = [];
        foreach (var topic in _topics)
        {
            rows.Add(new Text(ErrorLine.Printable($"{topic.Name}: {Describe(_shown[topic])}"), new Style(decoration: Decoration.Bold)));
            if (_shown[topic] is { Instances.Length: > 0 } resolved)
            {
                rows.Add(TableOf(resolved.Instances.Take(room)).Draw(_console.Profile.Width));
                if (resolved.Instances.Length > room)
                {
                    rows.Add(new Text($"  and {resolved.Instances.Length - room} more; registry resolve lists all"));
                }
            }
        }

        rows.AddRange(_news.Select(news => new Text(news.Text, MarkedLines.StyleOf(news.Mark))));
        rows.Add(new Text($"{_state}; Ctrl-C ends", new Style(decoration: Decoration.Dim)));
        _display.UpdateTarget(new Rows(rows));
    }

    private static ResultTable TableOf(IEnumerable<ResolvedInstance> instances)
    {
        var table = new ResultTable("INSTANCE", "ENDPOINTS", "ZONE", "WEIGHT", "STATE").Sparing("WEIGHT", "ZONE");
        foreach (var (application, instance) in instances)
        {
            table.Add(
                $"{application}/{instance.Id}",
                string.Join(',', instance.Endpoints.Select(EndpointText.Format)),
                instance.Zone,
                instance.Weight.ToString(CultureInfo.InvariantCulture),
                StateName.Of(instance.State));
        }

        return table;
    }

    private static string Describe(ResolvedTopic? topic) => topic switch
    {
        null => "loading",
        { Status: ResolvedStatus.Unknown } => "unknown",
        { Status: ResolvedStatus.NoInstance, Topic.Kind: TopicKind.Interface } => $"no instance (mapped to {string.Join(", ", topic.Applications)})",
        { Status: ResolvedStatus.NoInstance } => "no instance",
        _ => Plural.Of(topic.Instances.Length, "instance")
            + (topic.Instances.Count(instance => instance.Instance.State == InstanceState.Up) is var up && up < topic.Instances.Length ? $", {up} up" : ""),
    };
}
