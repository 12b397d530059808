using System.CommandLine;
using Grpc.Core;
using Registry.Cli.Applying;
using Registry.Cli.Completing;
using Registry.Cli.Connecting;
using Registry.Cli.Leases;
using Registry.Cli.Listing;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Cli.Registering;
using Registry.Cli.Resolving;
using Registry.Cli.ServerStatus;
using Registry.Cli.Snapshots;
using Registry.Cli.Subscriptions;
using Registry.Cli.Watching;
using Registry.Client.Connecting;
using Registry.Storage;

namespace Registry.Cli.CommandLine;

/// <summary>The command line: its commands, and the one place where failures become a line and an exit code.</summary>
internal static class RegistryCommandLine
{
    public static async Task<int> RunAsync(string[] arguments, CliContext context)
    {
        var globals = new GlobalOptions(context);
        var root = new RootCommand("Registers, finds and follows services in a registry.");
        globals.AddTo(root);
        HelpNotes.AddTo(root);
        root.Add(ApplyCommand.Create(context, globals));
        root.Add(RegisterCommand.Create(context, globals));
        root.Add(DeregisterCommand.Create(context, globals));
        root.Add(DrainCommand.CreateDrain(context, globals));
        root.Add(DrainCommand.CreateUndrain(context, globals));
        root.Add(ResolveCommand.Create(context, globals));
        root.Add(ListCommand.Create(context, globals));
        root.Add(WatchCommand.Create(context, globals));
        root.Add(LeaseCommand.Create(context, globals));
        root.Add(SubscriptionsCommand.Create(context, globals));
        root.Add(StatusCommand.Create(context, globals));
        root.Add(SnapshotCommand.Create(context, globals));
        root.Add(CompletionCommand.Create(context));

        var parsed = root.Parse(arguments, new ParserConfiguration());
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpNotes)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of($"{parsed.Errors[0].Message.TrimEnd('.')}; see registry --help"));
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = context.Out,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                // Commands that have something to put in order listen to signals themselves.
                ProcessTerminationTimeout = null,
            });
        }
        catch (RpcException exception)
        {
            var fault = RegistryFault.From(exception);
            await context.Error.WriteLineAsync(ErrorLine.Of(fault, globals.Of(parsed).Server));
            return ErrorLine.ExitCodeOf(fault);
        }
        catch (Exception exception) when (exception is ManifestException or UsageException)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of(exception.Message));
            return ExitCode.Usage;
        }
        catch (UnusableStorageException exception)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of(exception.Message));
            return exception.IsContent ? ExitCode.Damaged : ExitCode.Failed;
        }
        catch (NoServerException exception)
        {
            await context.Error.WriteLineAsync(ErrorLine.Of(exception.Message));
            return ExitCode.Unavailable;
        }
        catch (OperationCanceledException)
        {
            // A signal in the middle of something that is done once. What was done stays, and the same command does the rest.
            await context.Error.WriteLineAsync(ErrorLine.Of("interrupted before all was done"));
            return ExitCode.Failed;
        }
        catch (OutputClosedException)
        {
            // Who read our output has seen enough, as in "registry watch ... | head".
            return ExitCode.Ok;
        }
        catch (Exception exception)
        {
            // A fault of ours or of the machine. A stack trace would help nobody who sees it here.
            await context.Error.WriteLineAsync(ErrorLine.Of($"{exception.GetType().Name}: {exception.Message}"));
            return ExitCode.Failed;
        }
    }
}
