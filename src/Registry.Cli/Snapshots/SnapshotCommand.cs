using System.CommandLine;
using Registry.Cli.CommandLine;

namespace Registry.Cli.Snapshots;

/// <summary><c>registry snapshot</c>: backups of a server that runs, and what can be done with one where none does.</summary>
internal static class SnapshotCommand
{
    public static Command Create(CliContext context, GlobalOptions globals) =>
        new("snapshot", "Takes a backup of a running server, restores one into a data directory, looks at either.")
        {
            SnapshotSave.Create(context, globals),
            SnapshotRestore.Create(context, globals),
            SnapshotInspect.Create(context, globals),
            SnapshotVerify.Create(context, globals),
        };

    /// <summary>A file or directory that has to be there, as an absolute path.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static string Existing(string path)
    {
        var full = Path.GetFullPath(path);
        return Path.Exists(full) ? full : throw new UsageException($"{path}: there is no such file or directory");
    }

    public static Argument<string> Backup() => new Argument<string>("file") { Description = "The backup." }.RefusingOptions();

    public static Argument<string> BackupOrDirectory() =>
        new Argument<string>("path") { Description = "A backup, or the data directory of a server that does not run." }.RefusingOptions();
}
