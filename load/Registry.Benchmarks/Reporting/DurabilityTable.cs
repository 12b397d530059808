using System.Globalization;
using System.Text;
using Registry.Benchmarks.Core.Measurements;

namespace Registry.Benchmarks.Reporting;

/// <summary>The table of what the disk costs: a row each, with its target.</summary>
internal static class DurabilityTable
{
    private const string Description =
        "server garbage collector; real files on this machine's file system, with the log's default options; an instance has two endpoints, a zone and two labels, about 200 bytes in the log";

    public static string Write(IReadOnlyList<Measured> measured, Run run)
    {
        var text = new StringBuilder();
        text.AppendLine("# Durability: what the disk costs").AppendLine();
        run.AppendTo(text, Description);
        text.AppendLine("* what is compared was measured in turns, in one run; median of the rounds");
        text.AppendLine();
        text.AppendLine("| what | figure | target | |");
        text.AppendLine("| --- | --- | --- | --- |");
        foreach (var row in measured)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.What} | {row.Figure} | {row.Target} | {row.IsMet switch { true => "met", false => "**missed**", null => "" }} |");
        return text.ToString();
    }
}
