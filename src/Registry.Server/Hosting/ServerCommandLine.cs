using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Registry.Server.Health;

namespace Registry.Server.Hosting;

/// <summary>
/// The command line. Its switches are short names for configuration keys (<see cref="OptionNames"/>) and are checked where
/// configuration is checked, so a bad value reads the same wherever it was written.
/// </summary>
internal static class ServerCommandLine
{
    private const string Description = """
        Service registry and discovery server, over gRPC.

        Configuration, weakest first: defaults, appsettings.json in the working directory, --config FILE,
        environment (Registry__Grpc__Address=...), this command line.

        Exit codes: 0 stopped as told; 1 could not start (address in use, certificate, data directory) or
        broke down; 2 wrong command line or configuration.
        """;

    /// <summary>Does what the command line says; returns the exit code.</summary>
    public static async Task<int> InvokeAsync(string[] args, Func<ServerSettings, Task<int>> serve)
    {
        if (IsHostFactory(args))
            return await serve(new() { Values = new ConfigurationBuilder().AddCommandLine(args).Build().AsEnumerable().ToDictionary() });

        // No response files: an argument that begins with @ is what it is.
        var parsed = Define(serve).Parse(args, new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors is [var error, ..] && parsed.Action is not HelpAction)
            return await ServerProcess.FailAsync(ExitCode.WrongUsage, $"{error.Message} --help shows what there is");

        // The host deals with signals; the parser's own handling would end the process after two seconds.
        return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // WebApplicationFactory and other tools that start a host from outside speak to it in configuration switches.
    private static bool IsHostFactory(string[] args) => args.Any(arg => arg.StartsWith("--applicationName=", StringComparison.Ordinal));

    private static RootCommand Define(Func<ServerSettings, Task<int>> serve)
    {
        var modes = string.Join(", ", Enum.GetNames<StorageMode>()).ToLowerInvariant();
        var insecure = new Option<bool>(OptionNames.Insecure)
        {
            Description = "Listen beyond loopback although there is no authentication",
        };
        Option<string>[] values =
        [
            new(OptionNames.Grpc) { HelpName = "ADDR", Description = "Where gRPC listens [default: 127.0.0.1:7400]" },
            new(OptionNames.Http) { HelpName = "ADDR", Description = "Where HTTP listens [default: 127.0.0.1:7401]" },
            new(OptionNames.Storage) { HelpName = "MODE", Description = $"What survives a restart: {modes} [default: disk]" },
            new(OptionNames.Data) { HelpName = "DIR", Description = $"The data directory [default: {new StorageOptions().Directory}]" },
        ];
        var config = new Option<string>("--config") { HelpName = "FILE", Description = "A configuration file, JSON", Recursive = true };
        var set = new Option<string[]>("--set")
        {
            HelpName = "KEY=VALUE",
            Description = "Any option, such as MaxConnections=500; can be repeated",
            Recursive = true,
        };
        set.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
                result.AddError($"--set '{token.Value}' is not KEY=VALUE.");
        });

        var root = new RootCommand(Description);
        foreach (var option in values)
            root.Add(option);
        root.Add(insecure);
        root.Add(config);
        root.Add(set);
        root.SetAction(parsed =>
        {
            var settings = Settings(parsed, config, set);
            var given = new Dictionary<string, string?>(settings.Values, StringComparer.OrdinalIgnoreCase);
            foreach (var option in values)
            {
                if (parsed.GetValue(option) is { } value)
                    given[OptionNames.KeyOf(option.Name)] = value;
            }

            if (parsed.GetResult(insecure) is not null)
                given[OptionNames.KeyOf(insecure.Name)] = parsed.GetValue(insecure).ToString();
            return serve(settings with { Values = given });
        });

        root.Add(HealthCheckCommand.Define(parsed => Settings(parsed, config, set)));
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    private static ServerSettings Settings(ParseResult parsed, Option<string> config, Option<string[]> set)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var assignment in parsed.GetValue(set) ?? [])
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            values[FullKey(assignment[..equals])] = assignment[(equals + 1)..];
        }

        return new() { ConfigFile = parsed.GetValue(config), Values = values };
    }

    // Keys count from section Registry; log levels live in a section of their own.
    private static string FullKey(string key)
    {
        string[] sections = [ServerOptions.Section, "Logging"];
        return sections.Contains(key.Split(ConfigurationPath.KeyDelimiter)[0], StringComparer.OrdinalIgnoreCase)
            ? key
            : ConfigurationPath.Combine(ServerOptions.Section, key);
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(ServerProcess.Version);
            return ExitCode.Stopped;
        }
    }
}
