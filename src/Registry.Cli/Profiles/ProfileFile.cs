using System.Text.Json;
using Registry.Cli.CommandLine;

namespace Registry.Cli.Profiles;

/// <summary>
/// The file with named profiles: <c>REGISTRY_CONFIG</c>, else <c>~/.config/registry/config.json</c>. A file that somebody names must be
/// there; the one in the home directory need not.
/// </summary>
internal static class ProfileFile
{
    private const string PathVariable = "REGISTRY_CONFIG";

    /// <summary>The profile of this name, or if it is null the one that the file calls default, or none.</summary>
    /// <exception cref="UsageException">The file can't be read, is not what it has to be, or has no such profile.</exception>
    public static Profile Read(Func<string, string?> variable, string? name)
    {
        var path = Find(variable);
        if (path is null)
        {
            return name is null ? Profile.None : throw new UsageException($"--profile: there is no profile \"{name}\", because there is no file of profiles");
        }

        using var document = Parse(path);
        return Find(document.RootElement, path, name);
    }

    private static string? Find(Func<string, string?> variable)
    {
        if (variable(PathVariable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new UsageException($"{PathVariable}: there is no file {named}");
        }

        var home = variable("HOME") is { Length: > 0 } unix ? unix : variable("USERPROFILE");
        return string.IsNullOrEmpty(home) || Path.Combine(home, ".config", "registry", "config.json") is not { } usual || !File.Exists(usual) ? null : usual;
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            throw new UsageException($"{path}:{exception.LineNumber + 1}: not JSON: {exception.Message.Split(" LineNumber:")[0]}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {exception.Message}");
        }
    }

    private static Profile Find(JsonElement root, string path, string? name)
    {
        Expect(root, JsonValueKind.Object, path, "an object with \"profiles\"");
        JsonElement? profiles = null;
        foreach (var property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "$schema":
                    break;
                case "default":
                    Expect(property.Value, JsonValueKind.String, $"{path}: default", "the name of a profile");
                    name ??= property.Value.GetString();
                    break;
                case "profiles":
                    Expect(property.Value, JsonValueKind.Object, $"{path}: profiles", "an object: of each profile a name and its settings");
                    profiles = property.Value;
                    break;
                default:
                    throw new UsageException($"{path}: {property.Name}: unknown property; expected one of default, profiles");
            }
        }

        if (name is null)
        {
            return Profile.None;
        }

        if (profiles?.TryGetProperty(name, out var profile) != true)
        {
            var known = profiles is { } some ? string.Join(", ", some.EnumerateObject().Select(property => property.Name)) : "";
            throw new UsageException($"{path}: there is no profile \"{name}\"; expected {(known.Length > 0 ? "one of " + known : "it in \"profiles\"")}");
        }

        return ReadProfile(profile, $"{path}: profiles.{name}");
    }

    private static Profile ReadProfile(JsonElement element, string where)
    {
        Expect(element, JsonValueKind.Object, where, "an object of settings");
        var profile = new Profile(where);
        foreach (var property in element.EnumerateObject())
        {
            Expect(property.Value, JsonValueKind.String, $"{where}.{property.Name}", "a string");
            var text = property.Value.GetString()!;
            profile = property.Name switch
            {
                "server" => profile with { Server = text },
                "namespace" => profile with { Namespace = text },
                "output" => profile with { Output = text },
                "timeout" => profile with { Timeout = text },
                _ => throw new UsageException($"{where}.{property.Name}: unknown property; expected one of server, namespace, output, timeout"),
            };
        }

        return profile;
    }

    private static void Expect(JsonElement element, JsonValueKind kind, string where, string expected)
    {
        if (element.ValueKind != kind)
        {
            throw new UsageException($"{where}: expected {expected}, found {element.ValueKind.ToString().ToLowerInvariant()}");
        }
    }
}
