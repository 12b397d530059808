using System.CommandLine;
using Registry.Cli.CommandLine;
using Registry.Cli.Output;
using Registry.Storage.Backups;

namespace Registry.Cli.Snapshots;

/// <summary><c>registry snapshot inspect FILE|DIR</c>: what a backup or a data directory holds.</summary>
internal static class SnapshotInspect
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var path = SnapshotCommand.BackupOrDirectory();
        var command = new Command("inspect", "Shows what a backup or a data directory holds. Changes nothing.") { path };
        command.SetAction((parsed, _) => RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(path)));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string path)
    {
        var full = SnapshotCommand.Existing(path);
        var state = StorageInspection.Run(full);
        if (globals.Output == OutputFormat.Json)
        {
            await context.Out.WriteLineAsync(JsonOutput.Write(ToJson(full, state), JsonOutput.Document.InspectedJson));
            return ExitCode.Ok;
        }

        List<(string What, string Value)> lines =
        [
            (state.Directory is null ? "backup" : "directory", path),
            ("format", StateText.Number(state.Format)),
            ("taken", state.Taken is { } taken ? Timestamp.Of(taken) : "never; there is only a log"),
            ("revision", StateText.Number(state.Revision)),
        ];
        foreach (var epoch in state.Epochs)
        {
            var range = StateText.Range(epoch.FirstRevision, epoch.LastRevision);
            lines.Add(("epoch", $"{epoch.Epoch}, {(range.Length == 0 ? $"no change; begins at {StateText.Number(epoch.FirstRevision)}" : range)}"));
        }

        lines.Add(("applications", StateText.Number(state.Applications)));
        lines.Add(("instances", StateText.Number(state.Instances)));
        lines.Add(("size", Plural.Of(state.Bytes, "byte")));
        if (state.Directory is { } directory)
        {
            lines.Add(("torn", directory.TornBytes == 0 ? "nothing" : $"{Plural.Of(directory.TornBytes, "byte")} at the end; the next start cuts them off"));
            lines.Add(("start reads", Plural.Of(directory.StartReads, "byte")));
        }

        foreach (var (what, value) in lines)
        {
            await context.Out.WriteLineAsync($"{what,-14}{ErrorLine.Printable(value)}");
        }

        if (state.Directory is not null)
        {
            await WriteFilesAsync(context, state.Directory);
        }

        return ExitCode.Ok;
    }

    private static async Task WriteFilesAsync(CliContext context, DirectoryDescription directory)
    {
        await context.Out.WriteLineAsync();
        var table = new ResultTable("FILE", "USE", "BYTES", "REVISIONS");
        foreach (var file in directory.Files)
        {
            var revisions = file.Use == FileUse.Snapshot ? $"up to {StateText.Number(file.LastRevision)}" : StateText.Range(file.FirstRevision, file.LastRevision);
            table.Add(file.Name, NameOf(file.Use), StateText.Number(file.Bytes), revisions);
        }

        await table.WriteAsync(context);
    }

    private static InspectedJson ToJson(string path, StateDescription state) => new(
        path,
        state.Directory is null ? "backup" : "directory",
        state.Format,
        state.Taken is { } taken ? Timestamp.Of(taken) : null,
        state.Revision,
        [.. state.Epochs.Select(epoch => new EpochJson(epoch.Epoch, epoch.FirstRevision, epoch.LastRevision))],
        state.Applications,
        state.Instances,
        state.Bytes,
        state.Directory?.TornBytes,
        state.Directory?.StartReads,
        state.Directory?.Files.Select(file => new FileJson(file.Name, NameOf(file.Use), file.Bytes, file.FirstRevision, file.LastRevision)).ToArray());

    private static string NameOf(FileUse use) => use switch
    {
        FileUse.Snapshot => "snapshot",
        FileUse.Segment => "segment",
        FileUse.Superfluous => "superfluous",
        _ => "other",
    };
}
