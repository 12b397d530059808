using System.CommandLine;
using Registry.Cli.CommandLine;

namespace Registry.Cli.Completing;

/// <summary>
/// <c>registry completion SHELL</c>: a script that has the shell ask this program what can follow. The answers are the library's own: its
/// directive <c>[suggest:POSITION]</c> takes the line that is typed and prints one word per line.
/// </summary>
internal static class CompletionCommand
{
    public static Command Create(CliContext context)
    {
        var command = new Command("completion", "Prints a script that completes commands and options in a shell.");
        foreach (var (shell, script, hint) in Scripts.All)
        {
            var one = new Command(shell, $"For {shell}: {hint}");
            one.SetAction(_ => context.Out.WriteLine(script));
            command.Add(one);
        }

        return command;
    }
}
