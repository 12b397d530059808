using System.Text;

namespace NBomber.Reporting;

/// <summary>A table of plain text: columns are right-aligned, but for the first and those that are headed in angle brackets.</summary>
internal sealed class PlainTable(params string[] header)
{
    private readonly List<string[]> _rows = [[.. header.Select(name => name.Trim('<', '>'))]];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(OneLine)]);

    public override string ToString()
    {
        var widths = Enumerable.Range(0, header.Length).Select(i => _rows.Max(row => row[i].Length)).ToArray();
        var text = new StringBuilder();
        for (var r = 0; r < _rows.Count; r++)
        {
            Write(text, _rows[r], widths);
            if (r == 0)
                text.Append("  ").AppendJoin("  ", widths.Select(width => new string('-', width))).Append('\n');
        }

        return text.ToString();
    }

    // A message with line breaks, or a terminal's control characters, would break more than the table.
    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private void Write(StringBuilder text, string[] row, int[] widths)
    {
        var line = new StringBuilder("  ");
        for (var i = 0; i < row.Length; i++)
            line.Append(i == 0 || header[i].StartsWith('<') ? row[i].PadRight(widths[i]) : row[i].PadLeft(widths[i])).Append("  ");
        text.Append(line.ToString().TrimEnd()).Append('\n');
    }
}
