using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Registry.Client.Connecting;
using Registry.Client.Watching;

namespace Registry.Cli.CommandLine;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>The options that every command has, and what they came to.</summary>
internal sealed class GlobalOptions
{
    private const string ServerVariable = "REGISTRY_SERVER";
    private const string NamespaceVariable = "REGISTRY_NAMESPACE";

    private readonly CliContext _context;

    // Without default values of their own: the help would print them as .NET writes them.
    private readonly Option<ServerAddress?> _server = new("--server")
    {
        Description = $"Where the registry answers: http://host:port, https://host:port, or host:port for http. "
            + $"Default: {ServerVariable}, else {ServerAddress.Default}.",
        HelpName = "address",
        Recursive = true,
        CustomParser = result => Parse(result, text => ReadServer("--server", text)),
    };

    private readonly Option<string?> _namespace = new("--namespace", "-n")
    {
        Description = $"The namespace. Default: {NamespaceVariable}, else {TopicName.DefaultNamespace}.",
        HelpName = "name",
        Recursive = true,
    };

    private readonly Option<OutputFormat?> _output = new("--output", "-o")
    {
        Description = "How results are written. Default: table.",
        HelpName = "table|json",
        Recursive = true,
        CustomParser = result => Parse(result, ReadOutput),
    };

    private readonly Option<TimeSpan?> _timeout = new("--timeout")
    {
        Description = "How long to wait for one answer of the server: seconds, or with a unit as in 500ms, 10s, 1m. Default: 5.",
        HelpName = "duration",
        Recursive = true,
        CustomParser = result => Parse(result, text => (TimeSpan?)ReadTimeout(text)),
    };

    public GlobalOptions(CliContext context)
    {
        _context = context;
    }

    public void AddTo(Command root)
    {
        root.Add(_server);
        root.Add(_namespace);
        root.Add(_output);
        root.Add(_timeout);
    }

    /// <exception cref="UsageException">A variable of the environment is not what it has to be.</exception>
    public Globals Of(ParseResult result) => new(
        result.GetValue(_server)
            ?? (FromEnvironment(ServerVariable) is { } address ? ReadServer(ServerVariable, address) : ServerAddress.Default),
        result.GetValue(_namespace) ?? FromEnvironment(NamespaceVariable) ?? TopicName.DefaultNamespace,
        result.GetValue(_output) ?? OutputFormat.Table,
        result.GetValue(_timeout) ?? RegistryConnection.DefaultCallTimeout);

    private string? FromEnvironment(string name) => _context.Variable(name) is { Length: > 0 } text ? text : null;

    private static T? Parse<T>(ArgumentResult result, Func<string, T?> read)
    {
        try
        {
            return read(result.Tokens[0].Value);
        }
        catch (UsageException exception)
        {
            result.AddError(exception.Message);
            return default;
        }
    }

    private static ServerAddress ReadServer(string where, string text) => ServerAddress.TryParse(text, out var address)
        ? address
        : throw new UsageException($"{where}: expected http://host:port, https://host:port or host:port, found \"{text}\"");

    private static OutputFormat? ReadOutput(string text) => text switch
    {
        "table" => OutputFormat.Table,
        "json" => OutputFormat.Json,
        _ => throw new UsageException($"--output: expected table or json, found \"{text}\""),
    };

    private static TimeSpan ReadTimeout(string text)
    {
        var (number, unit) = text switch
        {
            [.. var value, 'm', 's'] => (value, TimeSpan.FromMilliseconds(1)),
            [.. var value, 's'] => (value, TimeSpan.FromSeconds(1)),
            [.. var value, 'm'] => (value, TimeSpan.FromMinutes(1)),
            _ => (text, TimeSpan.FromSeconds(1)),
        };
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            && amount * unit.TotalMilliseconds is >= 1 and <= 3_600_000)
        {
            return amount * unit;
        }

        throw new UsageException($"--timeout: expected a duration from 1ms to 60m, such as 5, 500ms or 1m, found \"{text}\"");
    }
}

/// <summary>What the options of every command came to.</summary>
internal sealed record Globals(ServerAddress Server, string Namespace, OutputFormat Output, TimeSpan Timeout);
