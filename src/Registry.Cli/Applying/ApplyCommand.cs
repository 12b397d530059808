using System.CommandLine;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Manifest;
using Registry.Cli.Once;

namespace Registry.Cli.Applying;

/// <summary>
/// <c>registry apply FILE</c>: registers what a manifest describes, and keeps it alive until told to stop; with <c>--once</c> registers
/// it without a lease and exits.
/// </summary>
internal static class ApplyCommand
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var file = new Argument<string>("file") { Description = "The manifest, JSON; - reads standard input." }.RefusingOptions();
        var once = Flag.Create("--once", "Registers without a lease and exits: what is registered stays until it is removed.");
        var holder = HolderOption.Create("the manifest's \"holder\", else its file name without extension");
        var prune = Flag.Create("--prune", "With --once: removes the holder's instances that the manifest does not name, in the whole namespace.");
        var dryRun = Flag.Create("--dry-run", $"With --once: shows what would change and changes nothing. Exit code {ExitCode.Differs} if anything would.");
        var command = new Command("apply", "Registers the applications of a manifest and keeps them alive until told to stop.")
        {
            file, once, holder, prune, dryRun,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(once))
            {
                return;
            }

            foreach (var option in new Option[] { holder, prune, dryRun })
            {
                if (result.GetResult(option) is { Implicit: false })
                {
                    result.AddError($"{option.Name} needs --once");
                }
            }
        });
        command.SetAction(async (parsed, _) =>
        {
            using var stop = context.Stop();
            var path = parsed.GetRequiredValue(file);
            var settings = globals.Of(parsed);
            var manifest = await ManifestFile.ReadAsync(path, context.In, stop.Token);
            if (!parsed.GetValue(once))
            {
                return await Holding.RunAsync(context, settings, manifest.Applications, isManifest: true, stop.Token);
            }

            using var connection = await settings.ConnectAsync(stop.Token);
            var run = new OnceRun(context, settings, connection, HolderOf(parsed.GetValue(holder), manifest, path));
            return await run.ApplyAsync(manifest.Applications, isManifest: true, parsed.GetValue(prune), parsed.GetValue(dryRun), stop.Token);
        });
        return command;
    }

    /// <exception cref="UsageException">Nobody says who the holder is.</exception>
    private static string HolderOf(string? option, ManifestDocument manifest, string file) =>
        option ?? manifest.Holder ?? (file == ManifestFile.StandardInput
            ? throw new UsageException("--holder is needed: standard input has no name, and the manifest names no \"holder\"")
            : Path.GetFileNameWithoutExtension(file));
}
