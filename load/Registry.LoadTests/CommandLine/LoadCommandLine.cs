using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Registry.LoadTests.Running;
using Registry.LoadTests.Siblings.Running;
using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.CommandLine;

/// <summary>The command line. A wrong one is one line that says what is wrong, and exit code 2.</summary>
internal static class LoadCommandLine
{
    private const string Description = """
        Puts the registry under load, and says whether it stood it.

        --profile reproduce runs the same load against a twin of the server whose tables have no lock, against that twin with
        one lock around it, and against the registry, and prints them side by side. --profile ci is the same in little.
        siblings shows four related failures of other projects in little, each beside the type of ours that prevents it.
        --profile soak puts mixed load on the registry for 50 minutes and sees that nothing grows and nothing is left.

        Exit codes: 0 the twin failed and the others did not (or, without a twin, nothing failed); 1 the registry or the locked
        twin failed; 2 wrong command line; 3 could not reproduce: the twin did not fail; 4 too little load for a verdict;
        5 interrupted or broken.
        """;

    /// <summary>Does what the command line says; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Define().Parse(args, new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors is [var error, ..] && parsed.Action is not HelpAction)
            return await WrongAsync(error.Message).ConfigureAwait(false);
        try
        {
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }).ConfigureAwait(false);
        }
        catch (WrongOptionException wrong)
        {
            return await WrongAsync(wrong.Message).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            // No verdict is better than one that rests on a program that broke.
            await Console.Error.WriteLineAsync($"broken: {broken}").ConfigureAwait(false);
            return (int)ExitCode.Broken;
        }
    }

    private static async Task<int> WrongAsync(string what)
    {
        await Console.Error.WriteLineAsync($"error: {what} --help shows what there is").ConfigureAwait(false);
        return (int)ExitCode.Usage;
    }

    private static RootCommand Define()
    {
        var profile = new Option<string?>("--profile") { HelpName = "NAME", Description = $"What to run: {string.Join(", ", Profile.Names)}" };
        var scenario = new Option<string[]>("--scenario") { HelpName = "NAME", Description = $"One scenario by its name, repeatable: {string.Join(", ", Profile.Scenarios)}" };
        var server = new Option<string?>("--server")
        {
            HelpName = "NAME",
            Description = $"With --scenario, what to load: {string.Join(", ", Profile.Servers.Keys)} [default: registry]",
        };
        var clients = new Option<string?>("--clients")
        {
            HelpName = "N",
            Description = "Clients at the same time; of soak: attempts a second [default: 1000; of soak: 100]",
        };
        var duration = new Option<string?>("--duration") { HelpName = "HH:MM:SS", Description = "How long each row is under load" };
        var interfaces = new Option<string?>("--interfaces") { HelpName = "N", Description = "Interfaces that the clients share [default: 100]" };
        var target = new Option<string?>("--target") { HelpName = "URL", Description = "A server that runs already, gRPC, such as http://127.0.0.1:7400; no twin then" };
        var targetHttp = new Option<string?>("--target-http") { HelpName = "URL", Description = "Its HTTP address [default: the same host, port 7401]" };
        var reports = new Option<string?>("--report-dir") { HelpName = "DIR", Description = "Where reports are written [default: none]" };
        var config = new Option<string?>("--config") { HelpName = "FILE", Description = "NBomber's JSON configuration; it beats these options" };

        var root = new RootCommand(Description)
        {
            profile, scenario, server, clients, duration, interfaces, target, targetHttp, reports, config,
        };
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.SetAction(async (parsed, _) =>
        {
            var plan = Profile.Of(
                parsed.GetValue(profile), parsed.GetValue(scenario) ?? [], parsed.GetValue(server), parsed.GetValue(target) is not null);
            var options = plan.Options with
            {
                Clients = Number("--clients", parsed.GetValue(clients), 1, 20_000) ?? plan.Options.Clients,
                Interfaces = Number("--interfaces", parsed.GetValue(interfaces), 1, 10_000) ?? plan.Options.Interfaces,
                Duration = Span("--duration", parsed.GetValue(duration)) ?? plan.Options.Duration,
                ReportFolder = parsed.GetValue(reports) is { } folder ? Path.GetFullPath(folder) : null,
                Config = parsed.GetValue(config) is { } file ? File.Exists(file) ? Path.GetFullPath(file) : throw new WrongOptionException($"--config {file}: there is no such file.") : null,
            };
            var address = Address("--target", parsed.GetValue(target));
            var http = Address("--target-http", parsed.GetValue(targetHttp)) ?? (address is null ? null : new UriBuilder(address) { Port = 7401 }.Uri);
            using var interruption = new Interruption();
            return (int)await new LoadRun(plan with { Options = options }, address, http).RunAsync(interruption.Token)
                .ConfigureAwait(false);
        });
        root.Subcommands.Add(DefineSiblings(root));
        return root;
    }

    private static Command DefineSiblings(RootCommand root)
    {
        var siblings = new Command(
            "siblings", "The failures of Agones, FlyteAdmin, Zoraxy and franz-go, each as a twin that fails beside the type of ours that does not");
        siblings.SetAction((parsed, cancellationToken) =>
            root.Options.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } foreign
                ? throw new WrongOptionException($"{foreign.Name} does not go with siblings.")
                : Task.Run(() => (int)SiblingRun.Run(cancellationToken), CancellationToken.None));
        return siblings;
    }

    private static int? Number(string option, string? text, int least, int most) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new WrongOptionException($"{option} {text}: a number from {least} to {most} is expected.");

    // A number alone would be days.
    private static TimeSpan? Span(string option, string? text) =>
        text is null ? null
        : text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span)
            && span >= TimeSpan.FromSeconds(1) ? span
        : throw new WrongOptionException($"{option} {text}: a time such as 00:05:00 is expected, a second at the least.");

    private static Uri? Address(string option, string? text) =>
        text is null ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp ? address
        : throw new WrongOptionException($"{option} {text}: an address such as http://127.0.0.1:7400 is expected.");
}

/// <summary>An option that can't be meant.</summary>
internal sealed class WrongOptionException(string message) : Exception(message);
