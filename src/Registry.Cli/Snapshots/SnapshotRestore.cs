using System.CommandLine;
using System.Globalization;
using Registry.Cli.CommandLine;
using Registry.Cli.Output;
using Registry.Storage.Backups;
using Registry.Storage.Recovery;

namespace Registry.Cli.Snapshots;

/// <summary><c>registry snapshot restore FILE --data DIR</c>: makes a data directory of a backup.</summary>
internal static class SnapshotRestore
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var file = SnapshotCommand.Backup();
        var data = new Option<string>("--data")
        {
            Description = "The data directory to make; must be empty or not there.",
            HelpName = "directory",
            Required = true,
        };
        var command = new Command("restore", "Makes a data directory of a backup, with a new epoch.") { file, data };
        command.SetAction(async (parsed, _) =>
        {
            using var stop = context.Stop();
            return await RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(file), parsed.GetRequiredValue(data), stop.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string file, string data, CancellationToken stop)
    {
        if (data.Length == 0)
        {
            throw new UsageException("--data: names no directory");
        }

        var path = SnapshotCommand.Existing(file);
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(data));

        // Off this thread: a signal shall be heard while the disk works.
        var restored = await Task.Run(() => BackupRestore.Run(path, directory, new RecoveryProgress(stop)), CancellationToken.None);
        var state = restored.State;
        if (globals.Output == OutputFormat.Json)
        {
            var document = new RestoredJson(
                directory, state.Revision, restored.Epoch, state.Epochs[^1].Epoch, restored.FirstRevision, state.Applications, state.Instances);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.RestoredJson));
            return ExitCode.Ok;
        }

        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"restored {file} into {data}: revision {state.Revision}, epoch {restored.Epoch} after {state.Epochs[^1].Epoch}, {Plural.Of(state.Applications, "application")}, {Plural.Of(state.Instances, "instance")}");
        await context.Out.WriteLineAsync(ErrorLine.Printable(line));
        return ExitCode.Ok;
    }
}
