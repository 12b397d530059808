using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Cli.Manifest;

/// <summary>
/// Reads a manifest. Every complaint names the line, the path and what is expected there; a serializer would give the one or
/// the other, and "could not be converted to System.UInt32" for the third.
/// </summary>
internal ref struct ManifestReader
{
    private const int MaxEndpoints = 16;
    private const int MaxInterfaces = 1000;
    private const int MaxWeight = 10_000;
    private const int MaxTtlSeconds = 86_400;

    private readonly string _source;
    private readonly ReadOnlySpan<byte> _text;
    private readonly List<string> _path = [];
    private Utf8JsonReader _json;

    private ManifestReader(string source, ReadOnlySpan<byte> text)
    {
        _source = source;
        _text = text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
        _json = new Utf8JsonReader(_text);
    }

    /// <param name="source">What to call the text in a complaint, such as a file name.</param>
    /// <param name="text">UTF-8.</param>
    /// <exception cref="ManifestException">It is not a manifest.</exception>
    public static ManifestDocument Read(string source, ReadOnlySpan<byte> text)
    {
        var reader = new ManifestReader(source, text);
        try
        {
            return reader.ReadManifest();
        }
        catch (JsonException exception)
        {
            // The reader's own sentence, without the position that it repeats at the end.
            var sentence = exception.Message.Split(" LineNumber:")[0].Replace('\n', ' ');
            throw new ManifestException($"{source}:{exception.LineNumber + 1}: not JSON: {sentence}");
        }
        catch (InvalidOperationException)
        {
            // Text with broken UTF-8 or a lone surrogate.
            throw reader.Complaint("expected text in UTF-8");
        }
    }

    private ManifestDocument ReadManifest()
    {
        _json.Read();
        string? holder = null;
        ImmutableArray<ApplicationManifest>? applications = null;
        var properties = ReadObject("an object with \"applications\"");
        while (NextProperty(properties))
        {
            switch (_path[^1])
            {
                case "$schema":
                    ReadString("a string");
                    break;
                case "holder":
                    holder = ReadString("the name of a holder");
                    break;
                case "applications":
                    applications = ReadApplications();
                    break;
                default:
                    throw Unknown("holder, applications");
            }

            Leave();
        }

        var manifest = new ManifestDocument(holder, applications ?? throw Complaint("expected \"applications\", a list"));
        if (_json.Read())
        {
            throw Complaint("expected nothing after the manifest");
        }

        return manifest;
    }

    private ImmutableArray<ApplicationManifest> ReadApplications()
    {
        var applications = ImmutableArray.CreateBuilder<ApplicationManifest>();
        HashSet<string> names = [];
        ReadArray("a list of applications");
        while (NextItem(applications.Count))
        {
            var application = ReadApplication();
            if (!names.Add(application.Name))
            {
                throw Complaint($"the application \"{application.Name}\" is listed twice; expected each name once");
            }

            applications.Add(application);
            Leave();
        }

        return applications.DrainToImmutable();
    }

    private ApplicationManifest ReadApplication()
    {
        string? name = null;
        var ttl = TimeSpan.Zero;
        List<string> buildNames = [];
        List<Build> builds = [];
        List<InstanceDraft> drafts = [];
        var properties = ReadObject("an application, which is an object");
        while (NextProperty(properties))
        {
            switch (_path[^1])
            {
                case "name":
                    name = ReadString("the application's name");
                    break;
                case "leaseTtlSeconds":
                    ttl = TimeSpan.FromSeconds(ReadNumber(1, MaxTtlSeconds));
                    break;
                case "builds":
                    ReadBuilds(buildNames, builds);
                    break;
                case "instances":
                    ReadInstances(drafts);
                    break;
                default:
                    throw Unknown("name, leaseTtlSeconds, builds, instances");
            }

            Leave();
        }

        if (name is null)
        {
            throw Complaint("expected \"name\", the application's name");
        }

        foreach (var draft in drafts)
        {
            draft.Spec.BuildId = FindBuild(draft, buildNames, builds);
        }

        return new ApplicationManifest(name, ttl, [.. buildNames], [.. builds], [.. drafts.Select(draft => draft.Spec)]);
    }

    // Only now, because an object's properties come in any order.
    private readonly string FindBuild(InstanceDraft draft, List<string> names, List<Build> builds)
    {
        if (draft.Build is null)
        {
            return names.Count switch
            {
                0 => "",
                1 => builds[0].Id,
                _ => throw Complaint(draft.Line, draft.Path, $"expected \"build\", one of {string.Join(", ", names)}"),
            };
        }

        var index = names.IndexOf(draft.Build);
        return index >= 0 ? builds[index].Id
            : names.Count == 0
                ? throw Complaint(draft.Line, draft.Path + ".build", "the application lists no \"builds\"; expected none here")
                : throw Complaint(draft.Line, draft.Path + ".build", $"expected one of {string.Join(", ", names)}, found \"{draft.Build}\"");
    }

    private void ReadBuilds(List<string> names, List<Build> builds)
    {
        var properties = ReadObject("an object: of each build a name and the list of its interfaces");
        while (NextProperty(properties))
        {
            List<string> interfaces = [];
            ReadArray("a list of interface names");
            while (NextItem(interfaces.Count))
            {
                interfaces.Add(ReadString("an interface name"));
                Leave();
            }

            if (interfaces.Count > MaxInterfaces)
            {
                throw Complaint($"expected at most {MaxInterfaces} interfaces, found {interfaces.Count}");
            }

            names.Add(_path[^1]);
            builds.Add(BuildId.Declare(interfaces));
            Leave();
        }
    }

    private void ReadInstances(List<InstanceDraft> drafts)
    {
        HashSet<string> ids = [];
        ReadArray("a list of instances");
        while (NextItem(drafts.Count))
        {
            var draft = ReadInstance();
            if (!ids.Add(draft.Spec.Id))
            {
                throw Complaint($"the instance \"{draft.Spec.Id}\" is listed twice; expected each id once");
            }

            drafts.Add(draft);
            Leave();
        }
    }

    private InstanceDraft ReadInstance()
    {
        var spec = new InstanceSpec();
        string? build = null;
        var line = Line();
        var properties = ReadObject("an instance, which is an object");
        while (NextProperty(properties))
        {
            switch (_path[^1])
            {
                case "id":
                    spec.Id = ReadString("the instance's id");
                    break;
                case "build":
                    build = ReadString("the name of a build");
                    line = Line();
                    break;
                case "endpoints":
                    ReadEndpoints(spec);
                    break;
                case "zone":
                    spec.Zone = ReadString("a zone");
                    break;
                case "weight":
                    spec.Weight = (uint)ReadNumber(0, MaxWeight);
                    break;
                case "metadata":
                    ReadMetadata(spec);
                    break;
                case "state":
                    spec.State = ReadState();
                    break;
                default:
                    throw Unknown("id, build, endpoints, zone, weight, metadata, state");
            }

            Leave();
        }

        return spec.Id.Length == 0 ? throw Complaint("expected \"id\", the instance's id")
            : spec.Endpoints.Count == 0 ? throw Complaint("expected \"endpoints\", a list such as [\"grpc://10.0.0.1:50051\"]")
            : new InstanceDraft(spec, build, line, PathText());
    }

    private void ReadEndpoints(InstanceSpec spec)
    {
        const string Expected = "an endpoint such as \"grpc://10.0.0.1:50051\"";
        ReadArray("a list of endpoints");
        while (NextItem(spec.Endpoints.Count))
        {
            var text = ReadString(Expected);
            if (!EndpointText.TryParse(text, out var endpoint))
            {
                throw Complaint($"expected {Expected}, found \"{text}\"");
            }

            spec.Endpoints.Add(endpoint);
            Leave();
        }

        if (spec.Endpoints.Count is 0 or > MaxEndpoints)
        {
            throw Complaint($"expected 1 to {MaxEndpoints} endpoints, found {spec.Endpoints.Count}");
        }
    }

    private void ReadMetadata(InstanceSpec spec)
    {
        var properties = ReadObject("an object of strings");
        while (NextProperty(properties))
        {
            if (_json.TokenType != JsonTokenType.String)
            {
                throw Complaint($"expected a string, found {Found()}");
            }

            spec.Metadata.Add(_path[^1], _json.GetString()!);
            Leave();
        }
    }

    private readonly InstanceState ReadState()
    {
        const string Expected = "up, draining or down";
        var text = ReadString(Expected);
        return text switch
        {
            "up" => InstanceState.Up,
            "draining" => InstanceState.Draining,
            "down" => InstanceState.Down,
            _ => throw Complaint($"expected {Expected}, found \"{text}\""),
        };
    }

    private readonly string ReadString(string expected)
    {
        if (_json.TokenType != JsonTokenType.String)
        {
            throw Complaint($"expected {expected}, found {Found()}");
        }

        var text = _json.GetString()!;
        return text.Length > 0 ? text : throw Complaint($"expected {expected}, found an empty string");
    }

    private readonly int ReadNumber(int least, int most)
    {
        if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out var number) || number < least || number > most)
        {
            throw Complaint($"expected a whole number from {least} to {most}, found {Found()}");
        }

        return number;
    }

    private readonly HashSet<string> ReadObject(string expected) =>
        _json.TokenType == JsonTokenType.StartObject ? [] : throw Complaint($"expected {expected}, found {Found()}");

    private readonly void ReadArray(string expected)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            throw Complaint($"expected {expected}, found {Found()}");
        }
    }

    // Enters the next property; its value is the current token. What was read of it is left with Leave.
    private bool NextProperty(HashSet<string> seen)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
        {
            return false;
        }

        var name = _json.GetString()!;
        _path.Add(name);
        if (!seen.Add(name))
        {
            throw Complaint("is here twice; expected once");
        }

        _json.Read();
        return true;
    }

    private bool NextItem(int index)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        _path.Add(string.Create(CultureInfo.InvariantCulture, $"[{index}]"));
        return true;
    }

    private readonly void Leave() => _path.RemoveAt(_path.Count - 1);

    private readonly string Found() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        _ => Encoding.UTF8.GetString(_json.ValueSpan) is { Length: <= 40 } text
            ? _json.TokenType == JsonTokenType.String ? $"\"{text}\"" : text
            : "something longer",
    };

    private readonly ManifestException Unknown(string expected) => Complaint($"unknown property; expected one of {expected}");

    private readonly ManifestException Complaint(string what) => Complaint(Line(), PathText(), what);

    private readonly ManifestException Complaint(int line, string path, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{_source}:{line}: {(path.Length > 0 ? path + ": " : "")}{what}"));

    private readonly int Line() => 1 + _text[..(int)_json.TokenStartIndex].Count((byte)'\n');

    private readonly string PathText()
    {
        var text = new StringBuilder();
        foreach (var segment in _path)
        {
            if (segment is ['[', ..])
            {
                text.Append(segment);
            }
            else if (segment.Length > 0 && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$'))
            {
                text.Append(text.Length > 0 ? "." : "").Append(segment);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"['{segment}']");
            }
        }

        return text.ToString();
    }

    private sealed record InstanceDraft(InstanceSpec Spec, string? Build, int Line, string Path);
}
