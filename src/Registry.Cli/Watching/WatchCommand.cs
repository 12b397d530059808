using System.CommandLine;
using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Cli.Completing;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Client.Watching;

namespace Registry.Cli.Watching;

/// <summary><c>registry watch NAME...</c>: what is there, and then every change, until told to stop.</summary>
internal static class WatchCommand
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var application = Flag.Create("--application", "The names are applications: all of their instances.");
        var names = new Argument<string[]>("name")
        {
            Description = "Interfaces, or applications with --application.",
            HelpName = "name",
            Arity = ArgumentArity.OneOrMore,
        }.RefusingOptions().CompletingNames(globals, parsed => parsed.GetValue(application));
        var lines = Flag.Create("--lines", "On a terminal too: a line per change, instead of one table that is drawn anew.");
        var command = new Command("watch", "Shows the instances that serve an interface, and then every change, until told to stop.")
        {
            names, application, lines,
        };
        command.SetAction((parsed, _) => RunAsync(
            context, globals.Of(parsed), parsed.GetRequiredValue(names), parsed.GetValue(application), parsed.GetValue(lines)));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string[] names, bool isApplication, bool asLines)
    {
        using var stop = context.Stop();
        TopicName[] topics =
        [
            .. names.Distinct(StringComparer.Ordinal).Select(name =>
                isApplication ? TopicName.Application(globals.Namespace, name) : TopicName.Interface(globals.Namespace, name)),
        ];
        RegistryConnection? connected = null;
        try
        {
            connected = await globals.ConnectAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }

        using var connection = connected;
        var end = globals.Output == OutputFormat.Table && !asLines && Terminal.CanRedraw(context)
            ? await LiveTable.RunAsync(context, topics, output => FollowAsync(context, globals, connection, topics, output, stop.Token))
            : await FollowAsync(context, globals, connection, topics, new WatchPrinter(context, globals.Output, topics), stop.Token);
        if (end.Error is { } error)
        {
            await context.Error.WriteLineAsync(error);
        }

        return end.ExitCode;
    }

    private static async Task<WatchEnd> FollowAsync(
        CliContext context, Globals globals, RegistryConnection connection, TopicName[] topics, IWatchOutput output, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(globals.Timeout, context.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        var session = new WatchSession(
            connection.Discovery, topics, new WatchOptions { Client = ProgramName.WithVersion }, context.Time, Random.Shared);

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
                        await output.TellAsync($"watch {how} at revision {connected.Revision}");
                    }

                    hasConnected = true;
                    outage = null;
                    break;

                case WatchEvent.Changed changed:
                    await output.ShowAsync(changed.View, changed.Topics);
                    break;

                case WatchEvent.Interrupted interrupted:
                    // Once per outage; until the first answer the exit code tells.
                    if (outage is null && hasConnected)
                    {
                        await output.TellAsync($"watch interrupted: {ErrorLine.Describe(interrupted.Fault, globals.Server)}; trying again");
                    }

                    outage = interrupted.Fault;
                    break;

                case WatchEvent.Ended ended:
                    var fault = new RegistryFault((StatusCode)ended.Cause.Code, ended.Cause.Reason, "", ended.Cause.Message);
                    await output.TellAsync($"the server ended the watch of {ended.Topic}: {ErrorLine.Describe(fault, globals.Server)}");
                    if (--following == 0)
                    {
                        return new WatchEnd(ErrorLine.ExitCodeOf(fault));
                    }

                    break;

                default:
                    break;
            }
        }

        return stop.IsCancellationRequested
            ? new WatchEnd(ExitCode.Ok)
            : new WatchEnd(
                ExitCode.Unavailable,
                ErrorLine.Of(outage ?? new RegistryFault(StatusCode.DeadlineExceeded, "", "", "no answer in time"), globals.Server));
    }
}
