using System.CommandLine;
using System.CommandLine.Parsing;
using Registry.Cli.Applying;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Manifest;
using Registry.Cli.Once;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Cli.Registering;

/// <summary><c>registry register APPLICATION ID</c>: one instance from arguments, held until told to stop, or with <c>--once</c> without a lease.</summary>
internal static class RegisterCommand
{
    // Names the instances that people register by hand; another name tells them apart where that matters.
    private const string DefaultHolder = "registry-cli";
    private const int MaxWeight = 10_000;
    private const int MaxTtlSeconds = 86_400;

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var application = new Argument<string>("application") { Description = "The application." }.RefusingOptions();
        var id = new Argument<string>("id") { Description = "Names the instance within its application." }.RefusingOptions();
        var endpoints = new Option<Endpoint[]>("--endpoint", "-e")
        {
            Description = "Where it is called, such as grpc://10.0.0.1:50051. May be given up to 16 times.",
            HelpName = "protocol://host:port",
            Required = true,
            CustomParser = ReadEndpoints,
        };
        var interfaces = new Option<string[]>("--interface", "-i")
        {
            Description = "An interface that it serves. May be given many times; all of them are its build.",
            HelpName = "name",
        };
        var zone = new Option<string>("--zone") { Description = "Where it runs.", HelpName = "name" };
        var weight = new Option<int?>("--weight")
        {
            Description = "Its share of the calls relative to its siblings, 0 to 10000. Default: 100.",
            HelpName = "number",
            CustomParser = result => ReadNumber(result, "--weight", 0, MaxWeight),
        };
        var metadata = new Option<KeyValuePair<string, string>[]>("--metadata", "-m")
        {
            Description = "May be given up to 64 times.",
            HelpName = "key=value",
            CustomParser = ReadMetadata,
        };
        var state = new Option<InstanceState?>("--state")
        {
            Description = "The state in which it is registered. Default: up.",
            HelpName = "up|draining|down",
            CustomParser = ReadState,
        };
        // Not the names that the protocol gives them, which the library would offer.
        state.CompletionSources.Clear();
        state.CompletionSources.Add("up", "draining", "down");
        var ttl = new Option<int?>("--ttl")
        {
            Description = "How many seconds the registry keeps it after the last sign of life, 1 to 86400. Default: the server's (15).",
            HelpName = "seconds",
            CustomParser = result => ReadNumber(result, "--ttl", 1, MaxTtlSeconds),
        };
        var once = Flag.Create("--once", "Registers without a lease and exits: it stays until it is removed.");
        var holder = HolderOption.Create(DefaultHolder);
        var command = new Command("register", "Registers one instance and keeps it alive until told to stop.")
        {
            application, id, endpoints, interfaces, zone, weight, metadata, state, ttl, once, holder,
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(once) && result.GetResult(holder) is { Implicit: false })
            {
                result.AddError($"{holder.Name} needs --once");
            }

            if (result.GetValue(once) && result.GetResult(ttl) is { Implicit: false })
            {
                result.AddError($"{ttl.Name} is of a lease, and with --once there is none");
            }
        });
        command.SetAction(async (parsed, _) =>
        {
            var spec = new InstanceSpec
            {
                Id = parsed.GetRequiredValue(id),
                Endpoints = { parsed.GetRequiredValue(endpoints) },
                Zone = parsed.GetValue(zone) ?? "",
                State = parsed.GetValue(state) ?? InstanceState.Unspecified,
            };
            if (parsed.GetValue(weight) is { } share)
            {
                spec.Weight = (uint)share;
            }

            foreach (var (key, value) in parsed.GetValue(metadata) ?? [])
            {
                spec.Metadata[key] = value;
            }

            Build[] builds = parsed.GetValue(interfaces) is { Length: > 0 } names ? [BuildId.Declare(names)] : [];
            spec.BuildId = builds is [var only] ? only.Id : "";
            var manifest = new ApplicationManifest(
                parsed.GetRequiredValue(application), TimeSpan.FromSeconds(parsed.GetValue(ttl) ?? 0), [.. builds.Select(build => build.Id[..12])], [.. builds], [spec]);
            var settings = globals.Of(parsed);
            using var stop = context.Stop();
            if (!parsed.GetValue(once))
            {
                return await Holding.RunAsync(context, settings, [manifest], isManifest: false, stop.Token);
            }

            using var connection = await settings.ConnectAsync(stop.Token);
            var run = new OnceRun(context, settings, connection, parsed.GetValue(holder) ?? DefaultHolder);
            return await run.ApplyAsync([manifest], isManifest: false, prunes: false, isDryRun: false, stop.Token);
        });
        return command;
    }

    private static Endpoint[] ReadEndpoints(ArgumentResult result)
    {
        var read = new List<Endpoint>();
        foreach (var token in result.Tokens)
        {
            if (EndpointText.TryParse(token.Value, out var endpoint))
            {
                read.Add(endpoint);
            }
            else
            {
                result.AddError($"--endpoint: expected an endpoint such as grpc://10.0.0.1:50051, found \"{token.Value}\"");
            }
        }

        return [.. read];
    }

    private static KeyValuePair<string, string>[] ReadMetadata(ArgumentResult result)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var token in result.Tokens)
        {
            var equals = token.Value.IndexOf('=');
            if (equals < 1)
            {
                result.AddError($"--metadata: expected key=value, found \"{token.Value}\"");
            }
            else if (!read.TryAdd(token.Value[..equals], token.Value[(equals + 1)..]))
            {
                result.AddError($"--metadata: the key \"{token.Value[..equals]}\" is here twice; expected once");
            }
        }

        return [.. read];
    }

    private static int? ReadNumber(ArgumentResult result, string name, int least, int most)
    {
        if (int.TryParse(result.Tokens[0].Value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        result.AddError($"{name}: expected a whole number from {least} to {most}, found \"{result.Tokens[0].Value}\"");
        return null;
    }

    private static InstanceState? ReadState(ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "up":
                return InstanceState.Up;
            case "draining":
                return InstanceState.Draining;
            case "down":
                return InstanceState.Down;
            default:
                result.AddError($"--state: expected up, draining or down, found \"{result.Tokens[0].Value}\"");
                return null;
        }
    }
}
