using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using Registry.Cli.Profiles;
using Registry.Client.Connecting;
using Registry.Client.Watching;

namespace Registry.Cli.CommandLine;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>
/// The options that every command has, and what they came to. Of each the first that says something holds: the option, the variable of
/// the environment, the profile, the default.
/// </summary>
internal sealed class GlobalOptions
{
    private const string ServerVariable = "REGISTRY_SERVER";
    private const string NamespaceVariable = "REGISTRY_NAMESPACE";
    private const string OutputVariable = "REGISTRY_OUTPUT";
    private const string TimeoutVariable = "REGISTRY_TIMEOUT";
    private const string ProfileVariable = "REGISTRY_PROFILE";

    private readonly CliContext _context;
    private Globals? _globals;

    // Without default values of their own: the help would print them as .NET writes them.
    private readonly Option<string?> _server = new("--server")
    {
        Description = "Where the registry answers: http://host:port, https://host:port, or host:port for http. Several, separated by commas: "
            + $"the first that answers. Default: {ServerVariable}, the profile, {ServerAddress.Default}.",
        HelpName = "address",
        Recursive = true,
    };

    private readonly Option<string?> _namespace = new("--namespace", "-n")
    {
        Description = $"The namespace. Default: {NamespaceVariable}, the profile, {TopicName.DefaultNamespace}.",
        HelpName = "name",
        Recursive = true,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = $"How results are written. Default: {OutputVariable}, the profile, table.",
        HelpName = "table|json",
        Recursive = true,
    };

    private readonly Option<string?> _timeout = new("--timeout")
    {
        Description = "How long to wait for one answer of the server: seconds, or with a unit as in 500ms, 10s, 1m. "
            + $"Default: {TimeoutVariable}, the profile, 5.",
        HelpName = "duration",
        Recursive = true,
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "The profile, from the file that REGISTRY_CONFIG names, else ~/.config/registry/config.json. "
            + $"Default: {ProfileVariable}, the file's default.",
        HelpName = "name",
        Recursive = true,
    };

    public GlobalOptions(CliContext context)
    {
        _context = context;
        _server.Validators.Add(result => Validate(result, static text => ReadServers("--server", text)));
        _output.CompletionSources.Add("table", "json");
        _output.Validators.Add(result => Validate(result, static text => ReadOutput("--output", text)));
        _timeout.Validators.Add(result => Validate(result, static text => ReadTimeout("--timeout", text)));
    }

    public void AddTo(Command root)
    {
        root.Add(_server);
        root.Add(_namespace);
        root.Add(_output);
        root.Add(_timeout);
        root.Add(_profile);
    }

    /// <summary>What they came to, the same each time.</summary>
    /// <exception cref="UsageException">A variable of the environment, or the profile, is not what it has to be.</exception>
    public Globals Of(ParseResult result)
    {
        if (_globals is not null)
        {
            return _globals;
        }

        var profile = ProfileFile.Read(_context.Variable, result.GetValue(_profile) ?? FromEnvironment(ProfileVariable));
        return _globals = new Globals(
            Choose(result.GetValue(_server), "--server", ServerVariable, profile.Server, profile.Where + ".server", ReadServers) ?? ImmutableArray.Create(ServerAddress.Default),
            result.GetValue(_namespace) ?? FromEnvironment(NamespaceVariable) ?? profile.Namespace ?? TopicName.DefaultNamespace,
            Choose(result.GetValue(_output), "--output", OutputVariable, profile.Output, profile.Where + ".output", ReadOutput) ?? OutputFormat.Table,
            Choose(result.GetValue(_timeout), "--timeout", TimeoutVariable, profile.Timeout, profile.Where + ".timeout", ReadTimeout)
                ?? RegistryConnection.DefaultCallTimeout);
    }

    private T? Choose<T>(string? option, string optionName, string variable, string? profile, string profileName, Func<string, string, T> read)
        where T : struct => option is not null ? read(optionName, option)
        : FromEnvironment(variable) is { } environment ? read(variable, environment)
        : profile is not null ? read(profileName, profile)
        : null;

    private string? FromEnvironment(string name) => _context.Variable(name) is { Length: > 0 } text ? text : null;

    // The first complaint of the parser is the one that is shown, so what is wrong with a value is found while it parses.
    private static void Validate<T>(OptionResult result, Func<string, T> read)
    {
        try
        {
            if (result.Tokens is [var token])
            {
                _ = read(token.Value);
            }
        }
        catch (UsageException exception)
        {
            result.AddError(exception.Message);
        }
    }

    private static ImmutableArray<ServerAddress> ReadServers(string where, string text)
    {
        var servers = ImmutableArray.CreateBuilder<ServerAddress>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            servers.Add(ServerAddress.TryParse(part, out var address)
                ? address
                : throw new UsageException($"{where}: expected http://host:port, https://host:port or host:port, found \"{part}\""));
        }

        return servers.DrainToImmutable();
    }

    private static OutputFormat ReadOutput(string where, string text) => text switch
    {
        "table" => OutputFormat.Table,
        "json" => OutputFormat.Json,
        _ => throw new UsageException($"{where}: expected table or json, found \"{text}\""),
    };

    private static TimeSpan ReadTimeout(string where, string text) =>
        DurationText.TryParse(text, out var timeout) && timeout >= TimeSpan.FromMilliseconds(1) && timeout <= TimeSpan.FromHours(1)
            ? timeout
            : throw new UsageException($"{where}: expected a duration from 1ms to 60m, such as 5, 500ms or 1m, found \"{text}\"");
}
