using System.Collections.Immutable;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Client.Connecting;

namespace Registry.Cli.Applying;

/// <summary>Registers applications on leases and keeps them alive until told to stop.</summary>
internal static class Holding
{
    /// <param name="context">The process.</param>
    /// <param name="globals">The server, and how to write.</param>
    /// <param name="applications">What to hold.</param>
    /// <param name="isManifest">They stand in a manifest, by whose paths a refusal is told; false: in the arguments.</param>
    /// <param name="stop">Told to stop.</param>
    public static async Task<int> RunAsync(
        CliContext context, Globals globals, ImmutableArray<ApplicationManifest> applications, bool isManifest, CancellationToken stop)
    {
        RegistryConnection? connected = null;
        try
        {
            connected = await globals.ConnectPatientlyAsync(context, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }

        using var connection = connected;
        var report = new ApplyReport(context, globals, applications.Count(application => application.Instances.Length > 0));
        ImmutableArray<HeldApplication> all =
        [
            .. applications.Select((application, index) =>
                new HeldApplication(connection, globals.Namespace, isManifest ? index : null, application, report, context.Time)),
        ];

        using var work = CancellationTokenSource.CreateLinkedTokenSource(stop);
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
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
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
