using Registry.Cli.CommandLine;
using Spectre.Console;

namespace Registry.Cli.Output;

/// <summary>What the terminal behind standard output may be sent.</summary>
internal static class Terminal
{
    /// <summary>It understands the usual sequences, so that lines can be drawn over.</summary>
    public static bool CanRedraw(CliContext context) => context.IsTerminal && context.Variable("TERM") is not "dumb";

    /// <summary>A console for tables. Colour only on a terminal, and never where NO_COLOR is set (https://no-color.org).</summary>
    /// <param name="context">The process.</param>
    /// <param name="redraws">Lines are drawn over, so sequences are needed even without colour.</param>
    public static IAnsiConsole Open(CliContext context, bool redraws = false)
    {
        var hasColour = CanRedraw(context) && string.IsNullOrEmpty(context.Variable("NO_COLOR"));
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColour || redraws ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(context.Out),
        });
    }
}
