using System.CommandLine;
using Registry.Cli.CommandLine;
using Registry.Cli.Completing;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Cli.Registering;

/// <summary><c>registry deregister APPLICATION ID...</c>: removes instances, whoever registered them.</summary>
internal static class DeregisterCommand
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var application = new Argument<string>("application") { Description = "The application.", HelpName = "application" }.RefusingOptions().CompletingNames(globals, static _ => true);
        var ids = new Argument<string[]>("id") { Description = "The instances.", Arity = ArgumentArity.OneOrMore }.RefusingOptions();
        var command = new Command("deregister", "Removes instances. Those that are not there count as removed.") { application, ids };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(application), parsed.GetRequiredValue(ids), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, Globals globals, string application, string[] ids, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        string[] distinct = [.. ids.Distinct(StringComparer.Ordinal)];
        uint removed = 0;
        long revision = 0;
        foreach (var chunk in distinct.Chunk(LeasedApplication.MaxPerRequest))
        {
            var request = new DeregisterRequest { Namespace = globals.Namespace, Application = application };
            request.Instances.AddRange(chunk.Select(id => new InstanceRef { Id = id }));
            var answer = await connection.Registration.DeregisterAsync(request, cancellationToken: cancellationToken);
            removed += answer.Removed;
            revision = Math.Max(revision, answer.Revision);
        }

        if (globals.Output == OutputFormat.Json)
        {
            var document = new DeregisterJson(globals.Namespace, application, distinct.Length, removed, revision);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.DeregisterJson));
            return ExitCode.Ok;
        }

        var absent = distinct.Length - removed;
        await context.Out.WriteLineAsync(
            $"deregistered {Plural.Of(removed, "instance")} of {application}, revision {revision}{(absent > 0 ? $"; {absent} not there" : "")}");
        return ExitCode.Ok;
    }
}
