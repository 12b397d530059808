using System.CommandLine;
using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Client.Watching;

namespace Registry.Cli.Watching;

/// <summary><c>registry watch NAME...</c>: what is there, and then every change, until told to stop.</summary>
internal static class WatchCommand
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var names = new Argument<string[]>("name")
        {
            Description = "Interfaces, or applications with --application.",
            Arity = ArgumentArity.OneOrMore,
        }.RefusingOptions();
        var application = new Option<bool>("--application") { Description = "The names are applications: all of their instances." };
        var command = new Command("watch", "Prints the instances that serve an interface, and then every change, until told to stop.");
        command.Add(names);
        command.Add(application);
        command.SetAction((parsed, _) =>
            RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(names), parsed.GetValue(application)));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string[] names, bool isApplication)
    {
        using var stop = context.Stop();
        using var patience = new CancellationTokenSource(globals.Timeout, context.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, patience.Token);
        using var connection = new RegistryConnection(globals.Server, globals.Timeout);
        TopicName[] topics =
        [
            .. names.Distinct(StringComparer.Ordinal).Select(name =>
                isApplication ? TopicName.Application(globals.Namespace, name) : TopicName.Interface(globals.Namespace, name)),
        ];
        var session = new WatchSession(
            connection.Discovery, topics, new WatchOptions { Client = ProgramName.WithVersion }, context.Time, Random.Shared);
        var printer = new WatchPrinter(context, globals.Output, topics);

        var following = topics.Length;
        var hasConnected = false;
        RegistryFault? outage = null;
        await foreach (var @event in session.RunAsync(ending.Token))
        {
            switch (@event)
            {
                case WatchEvent.Connected connected:
                    patience.CancelAfter(Timeout.InfiniteTimeSpan);
                    if (outage is not null && hasConnected)
                    {
                        var how = connected.Resumed ? "resumed" : "started anew";
                        await context.Error.WriteLineAsync(ErrorLine.Of($"watch {how} at revision {connected.Revision}"));
                    }

                    hasConnected = true;
                    outage = null;
                    break;

                case WatchEvent.Changed changed:
                    await printer.PrintAsync(changed.View, changed.Topics);
                    break;

                case WatchEvent.Interrupted interrupted:
                    // Once per outage; until the first answer the exit code tells.
                    if (outage is null && hasConnected)
                    {
                        await context.Error.WriteLineAsync(
                            ErrorLine.Of($"watch interrupted: {ErrorLine.Describe(interrupted.Fault, globals.Server)}; trying again"));
                    }

                    outage = interrupted.Fault;
                    break;

                case WatchEvent.Ended ended:
                    var fault = new RegistryFault((StatusCode)ended.Cause.Code, ended.Cause.Reason, "", ended.Cause.Message);
                    await context.Error.WriteLineAsync(
                        ErrorLine.Of($"the server ended the watch of {ended.Topic}: {ErrorLine.Describe(fault, globals.Server)}"));
                    if (--following == 0)
                    {
                        return ErrorLine.ExitCodeOf(fault);
                    }

                    break;

                default:
                    break;
            }
        }

        if (stop.Token.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }

        await context.Error.WriteLineAsync(ErrorLine.Of(
            outage ?? new RegistryFault(StatusCode.DeadlineExceeded, "", "", "no answer in time"), globals.Server));
        return ExitCode.Unavailable;
    }
}
