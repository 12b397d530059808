using System.Globalization;
using System.Text.Json;

namespace NBomber.Configuration;

/// <summary>The fields of a JSON object. Each is asked for once; what nobody asked for is refused by name.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _fields = [];
    private readonly HashSet<string> _known = [];
    private readonly string _path;

    public JsonFields(JsonElement element, string path)
    {
        _path = path;
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong(path.Length == 0 ? "The file" : path, "is no object");
        foreach (var field in element.EnumerateObject())
        {
            if (!_fields.TryAdd(field.Name, field.Value))
                throw Wrong(PathOf(field.Name), "is there twice");
        }
    }

    public static InvalidOperationException Wrong(string path, string what) => new($"The configuration file: {path} {what}.");

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    /// <summary>The field's value; null where it is missing or null.</summary>
    public JsonElement? Take(string name)
    {
        _known.Add(name);
        return _fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public JsonFields? Object(string name) => Take(name) is { } value ? new JsonFields(value, PathOf(name)) : null;

    public string? Text(string name) => Take(name) is { } value ? TextOf(value, PathOf(name)) : null;

    public TimeSpan? Time(string name) => Take(name) is { } value ? TimeOf(value, PathOf(name)) : null;

    public bool? Truth(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(PathOf(name), "is neither true nor false"),
    };

    public int? Number(string name) => Take(name) is { } value ? NumberOf(value, PathOf(name)) : null;

    public IReadOnlyList<(JsonElement Value, string Path)>? Items(string name) =>
        Take(name) is { } value ? ItemsOf(value, PathOf(name)) : null;

    public static IReadOnlyList<(JsonElement Value, string Path)> ItemsOf(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select((item, i) => (item, $"{path}[{i}]"))]
            : throw Wrong(path, "is no array");

    public static string TextOf(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(path, "is no text");

    public static int NumberOf(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(path, "is no whole number");

    public static TimeSpan TimeOf(JsonElement value, string path) =>
        TimeSpan.TryParseExact(TextOf(value, path), ["c", @"hh\:mm\:ss"], CultureInfo.InvariantCulture, out var time)
            ? time
            : throw Wrong(path, $"is no duration such as \"00:00:30\": \"{value.GetString()}\"");

    /// <summary>Refuses what nobody asked for.</summary>
    public void RefuseOthers()
    {
        var others = _fields.Keys.Where(name => !_known.Contains(name)).Select(PathOf).Order(StringComparer.Ordinal).ToArray();
        if (others.Length > 0)
        {
            var known = string.Join(", ", _known.Order(StringComparer.Ordinal));
            throw Wrong(string.Join(", ", others), $"{(others.Length == 1 ? "is" : "are")} not known; known here are {known}");
        }
    }
}
