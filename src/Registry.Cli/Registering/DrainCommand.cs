using System.CommandLine;
using Registry.Cli.CommandLine;
using Registry.Cli.Completing;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Cli.Reading;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Registering;

/// <summary><c>registry drain</c> and <c>registry undrain</c>: take instances out of the calls, and back into them.</summary>
internal static class DrainCommand
{
    public static Command CreateDrain(CliContext context, GlobalOptions globals) => Create(
        context, globals, "drain", "Marks instances as draining: new calls go elsewhere.", InstanceState.Draining);

    public static Command CreateUndrain(CliContext context, GlobalOptions globals) => Create(
        context, globals, "undrain", "Marks instances as up again.", InstanceState.Up);

    private static Command Create(CliContext context, GlobalOptions globals, string name, string description, InstanceState state)
    {
        var application = new Argument<string>("application") { Description = "The application.", HelpName = "application" }.RefusingOptions().CompletingNames(globals, static _ => true);
        var ids = new Argument<string[]>("id") { Description = "The instances.", Arity = ArgumentArity.ZeroOrMore }.RefusingOptions();
        var all = Flag.Create("--all", "All instances of the application that are there now.");
        var command = new Command(name, description) { application, ids, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == result.GetValue(ids) is { Length: > 0 })
            {
                result.AddError($"{name}: expected instances, or --all");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            context, globals.Of(parsed), parsed.GetRequiredValue(application), parsed.GetValue(ids) ?? [], parsed.GetValue(all), state, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, Globals globals, string application, string[] ids, bool isAll, InstanceState state, CancellationToken cancellationToken)
    {
        using var connection = await globals.ConnectAsync(cancellationToken);
        string[] instances = isAll
            ? await ReadIdsAsync(context, globals, connection, application, cancellationToken)
            : [.. ids.Distinct(StringComparer.Ordinal)];
        if (instances.Length == 0)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of($"NOT_FOUND: application {application} has no instance in namespace {globals.Namespace}"));
            return ExitCode.NotFound;
        }

        long revision = 0;
        foreach (var chunk in instances.Chunk(LeasedApplication.MaxPerRequest))
        {
            var request = new UpdateRequest { Namespace = globals.Namespace, Application = application };
            request.Instances.AddRange(chunk.Select(id => new InstancePatch { Id = id, State = state }));
            revision = (await connection.Registration.UpdateAsync(request, cancellationToken: cancellationToken)).Revision;
        }

        if (globals.Output == OutputFormat.Json)
        {
            var document = new StateChangeJson(globals.Namespace, application, StateName.Of(state), [.. instances], revision);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.StateChangeJson));
            return ExitCode.Ok;
        }

        await context.Out.WriteLineAsync(
            $"{Plural.Of(instances.Length, "instance")} of {application} {(instances.Length == 1 ? "is" : "are")} {StateName.Of(state)}, revision {revision}");
        return ExitCode.Ok;
    }

    private static async Task<string[]> ReadIdsAsync(
        CliContext context, Globals globals, RegistryConnection connection, string application, CancellationToken cancellationToken)
    {
        var view = await OneTimeRead.ReadAsync(connection, [TopicName.Application(globals.Namespace, application)], context.Time, cancellationToken);
        return [.. view.FindApplication(globals.Namespace, application)?.Items.Keys ?? []];
    }
}
