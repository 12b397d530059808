using System.Collections.Immutable;
using System.CommandLine;
using Registry.Cli.CommandLine;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Client.Connecting;

namespace Registry.Cli.Applying;

/// <summary><c>registry apply FILE</c>: registers what a manifest describes, and keeps it alive until told to stop.</summary>
internal static class ApplyCommand
{
    private const string StandardInput = "-";

    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var file = new Argument<string>("file") { Description = "The manifest, JSON; - reads standard input." }.RefusingOptions();
        var command = new Command("apply", "Registers the applications of a manifest and keeps them alive until told to stop.");
        command.Add(file);
        command.SetAction((parsed, _) => RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(file)));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string file)
    {
        using var stop = context.Stop();
        var applications = await ReadAsync(context, file, stop.Token);
        using var connection = new RegistryConnection(globals.Server, globals.Timeout);
        var report = new ApplyReport(context, globals, applications.Count(application => application.Instances.Length > 0));
        ImmutableArray<HeldApplication> all =
        [
            .. applications.Select((application, index) => new HeldApplication(connection, globals.Namespace, index, application, report, context.Time)),
        ];

        using var work = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        Task[] running = [.. all.Select(application => application.RunAsync(work.Token))];
        var exitCode = ExitCode.Ok;
        try
        {
            await foreach (var ended in Task.WhenEach(running))
            {
                await ended;
            }

            if (all.Any(application => application.HasLease))
            {
                report.Warn("nothing is left to hold");
                exitCode = ExitCode.NothingLeft;
            }
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // As asked.
        }
        catch (ApplyRefusedException refusal)
        {
            report.Warn(refusal.Fault);
            exitCode = ErrorLine.ExitCodeOf(refusal.Fault);
        }
        finally
        {
            // Whatever ended it, what is registered is not left to run out by itself.
            await work.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            exitCode = await DeregisterAsync(all, report, exitCode);
        }

        return exitCode;
    }

    private static async Task<ImmutableArray<ApplicationManifest>> ReadAsync(
        CliContext context, string file, CancellationToken cancellationToken)
    {
        try
        {
            using var text = new MemoryStream();
            if (file == StandardInput)
            {
                await context.In.CopyToAsync(text, cancellationToken);
                return ManifestReader.Read("stdin", text.ToArray());
            }

            return ManifestReader.Read(file, await File.ReadAllBytesAsync(file, cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException($"{file}: {exception.Message}");
        }
    }

    private static async Task<int> DeregisterAsync(ImmutableArray<HeldApplication> all, ApplyReport report, int exitCode)
    {
        var removals = await Task.WhenAll(all.Select(application => application.DeregisterAsync()));
        var removed = removals.Where(removal => removal.Removed > 0).ToArray();
        if (removed.Length > 0)
        {
            report.OnDeregistered(removed.Length, removed.Sum(removal => (long)removal.Removed));
        }

        var failures = removals.Where(removal => removal.Fault is not null).ToArray();
        if (failures.Length == 0)
        {
            return exitCode;
        }

        report.Warn(
            failures[0].Fault!, $"{failures.Length} of {all.Length} applications could not be deregistered and will run out by themselves: ");
        return exitCode == ExitCode.Ok ? ErrorLine.ExitCodeOf(failures[0].Fault!) : exitCode;
    }
}
