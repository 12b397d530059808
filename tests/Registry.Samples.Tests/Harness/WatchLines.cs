using System.Text.Json.Nodes;
using Registry.TestKit;

namespace Registry.Samples.Tests.Harness;

/// <summary>What a watch with JSON lines has printed.</summary>
internal sealed class WatchLines(Command watch)
{
    /// <summary>The lines without their times.</summary>
    public IReadOnlyList<string> All => [.. watch.Output.Select(Parse).Select(line => line.ToJsonString())];

    /// <summary>The lines in short: event, instance and state, or status.</summary>
    public IReadOnlyList<string> Short => [.. watch.Output.Select(Parse).Select(Shorten)];

    /// <summary>Waits until the last line is this one, in short.</summary>
    public Task EndWithAsync(string last) => Within.HoldsAsync(
        "the lines of a watch", $"'{last}' at the end", watch.Describe, _ => Short is [.., var line] && line == last);

    /// <summary>The instances of a name as the lines tell them, by id: what a reader who believed every line would know.</summary>
    public IReadOnlyDictionary<string, JsonNode> Instances(string name)
    {
        var known = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var line in watch.Output.Select(Parse).Where(line => (string?)line["name"] == name))
        {
            if (line["instance"] is not { } instance)
                continue;
            if ((string?)line["event"] == "removed")
                known.Remove((string)instance["id"]!);
            else
                known[(string)instance["id"]!] = instance;
        }

        return known;
    }

    private static JsonNode Parse(string line)
    {
        var parsed = JsonNode.Parse(line)!;
        parsed.AsObject().Remove("time");
        return parsed;
    }

    private static string Shorten(JsonNode line) => line["instance"] is { } instance
        ? $"{line["event"]} {instance["id"]} {instance["state"]}{(line["changes"] is JsonArray changes ? $" ({string.Join(", ", changes)})" : "")}"
        : $"{line["event"]} {line["name"]} {line["status"]}";
}
