using System.Text;
using Registry.Cli.CommandLine;
using Spectre.Console;

namespace Registry.Cli.Output;

/// <summary>
/// A table of text. For a person a drawn one in the width of the terminal; for a program plain columns two blanks apart,
/// never cut, with a dash where there is nothing, so that the columns can be counted.
/// </summary>
internal sealed class ResultTable(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) =>
        _rows.Add([.. cells.Select(cell => cell.Length == 0 ? "-" : ErrorLine.Printable(cell))]);

    public async Task WriteAsync(CliContext context)
    {
        if (context.IsTerminal)
        {
            Draw(context);
            return;
        }

        int[] widths = [.. columns.Select((column, i) => _rows.Aggregate(column.Length, (widest, row) => Math.Max(widest, row[i].Length)))];
        await WriteLineAsync(context.Out, columns, widths);
        foreach (var row in _rows)
        {
            await WriteLineAsync(context.Out, row, widths);
        }
    }

    private void Draw(CliContext context)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Out) });
        var table = new Table { Border = TableBorder.Minimal };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        }

        foreach (var row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell, StateStyle.Of(cell))));
        }

        console.Write(table);
    }

    private static Task WriteLineAsync(TextWriter writer, string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            // The last cell is not padded: no line ends in blanks.
            line.Append(i < cells.Length - 1 ? cells[i].PadRight(widths[i] + 2) : cells[i]);
        }

        return writer.WriteLineAsync(line.ToString());
    }
}
