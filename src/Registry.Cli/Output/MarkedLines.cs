using Registry.Cli.CommandLine;
using Spectre.Console;

namespace Registry.Cli.Output;

/// <summary>Lines that begin with a mark of what happened, in its colour where there are colours.</summary>
internal sealed class MarkedLines
{
    private readonly CliContext _context;
    private readonly IAnsiConsole? _console;

    public MarkedLines(CliContext context)
    {
        _context = context;
        if (context.IsTerminal)
        {
            _console = Terminal.Open(context);
            // The terminal wraps long lines itself; then they can be copied as one.
            _console.Profile.Width = short.MaxValue;
        }
    }

    /// <param name="mark">+, -, ~, =, ! or a blank.</param>
    /// <param name="line">The whole line, the mark included if it is to be seen.</param>
    public Task WriteAsync(char mark, string line)
    {
        line = ErrorLine.Printable(line);
        if (_console is null)
        {
            return _context.Out.WriteLineAsync(line);
        }

        _console.Write(new Text(line + "\n", StyleOf(mark)));
        return Task.CompletedTask;
    }

    /// <summary>The colours of the marks, the same wherever they are shown.</summary>
    public static Style StyleOf(char mark) => mark switch
    {
        '+' => new Style(Color.Green),
        '-' => new Style(Color.Red),
        '~' => new Style(Color.Blue),
        '!' => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}
