using System.Text;
using Registry.Cli.CommandLine;
using Spectre.Console;

namespace Registry.Cli.Output;

/// <summary>
/// A table of text. For a person a drawn one in the width of the terminal, without the columns that were declared less important if it
/// is narrow; for a program plain columns two blanks apart, never cut, all there, with a dash where there is nothing, so that the
/// columns can be counted.
/// </summary>
internal sealed class ResultTable(params string[] columns)
{
    // What the drawing puts around a cell: a blank on each side and a line between.
    private const int CellFrame = 3;

    private readonly List<string[]> _rows = [];
    private string[] _spare = [];

    public int Rows => _rows.Count;

    public void Add(params string[] cells) =>
        _rows.Add([.. cells.Select(cell => cell.Length == 0 ? "-" : ErrorLine.Printable(cell))]);

    /// <summary>Columns that a narrow terminal does without, the first one first.</summary>
    public ResultTable Sparing(params string[] spare)
    {
        _spare = spare;
        return this;
    }

    public async Task WriteAsync(CliContext context)
    {
        if (context.IsTerminal)
        {
            var console = Terminal.Open(context);
            console.Write(Draw(console.Profile.Width));
            return;
        }

        var widths = Widths();
        await WriteLineAsync(context.Out, columns, widths);
        foreach (var row in _rows)
        {
            await WriteLineAsync(context.Out, row, widths);
        }
    }

    /// <summary>The table for a terminal of this width.</summary>
    public Table Draw(int width)
    {
        var shown = Choose(width);
        var table = new Table { Border = TableBorder.Minimal };
        foreach (var column in shown)
        {
            table.AddColumn(new TableColumn(new Text(columns[column], new Style(decoration: Decoration.Bold))));
        }

        foreach (var row in _rows)
        {
            table.AddRow(shown.Select(column => new Text(row[column], StateStyle.Of(row[column]))));
        }

        return table;
    }

    private int[] Widths() => [.. columns.Select((column, i) => _rows.Aggregate(column.Length, (widest, row) => Math.Max(widest, row[i].Length)))];

    private List<int> Choose(int width)
    {
        var widths = Widths();
        var shown = Enumerable.Range(0, columns.Length).ToList();
        foreach (var spare in _spare)
        {
            if (shown.Sum(column => widths[column] + CellFrame) + 1 <= width)
            {
                break;
            }

            shown.Remove(Array.IndexOf(columns, spare));
        }

        return shown;
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
