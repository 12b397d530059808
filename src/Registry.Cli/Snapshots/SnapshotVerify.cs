using System.CommandLine;
using Registry.Cli.CommandLine;
using Registry.Cli.Output;
using Registry.Storage.Backups;

namespace Registry.Cli.Snapshots;

/// <summary><c>registry snapshot verify FILE|DIR</c>: whether a backup or a data directory is whole, as one line and an exit code.</summary>
internal static class SnapshotVerify
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var path = SnapshotCommand.BackupOrDirectory();
        var command = new Command("verify", $"Reads and checks every record of a backup or a data directory. Changes nothing. Exit code {ExitCode.Damaged} if it is damaged.")
        {
            path,
        };
        command.SetAction((parsed, _) => RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(path)));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string path)
    {
        var full = SnapshotCommand.Existing(path);
        var state = StorageInspection.Run(full);
        var torn = state.Directory?.TornBytes ?? 0;
        if (globals.Output == OutputFormat.Json)
        {
            var document = new VerifiedJson(full, state.Revision, state.Epochs[^1].Epoch, state.Applications, state.Instances, state.Bytes, torn);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.VerifiedJson));
            return ExitCode.Ok;
        }

        var cut = torn == 0 ? "" : $"; {Plural.Of(torn, "byte")} at the end of the log were never finished, and the next start cuts them off";
        await context.Out.WriteLineAsync(ErrorLine.Printable($"{path} is whole: {StateText.Of(state)}{cut}"));
        return ExitCode.Ok;
    }
}
