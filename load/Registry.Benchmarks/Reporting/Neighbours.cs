using System.Globalization;

namespace Registry.Benchmarks.Reporting;

/// <summary>
/// How busy others kept the machine while benchmarks ran: figures of a machine that is shared say so, or nobody can judge them. From
/// Linux's accounts; elsewhere it is not known.
/// </summary>
internal sealed class Neighbours
{
    private readonly Times? _start = Read();

    /// <summary>The share of the machine's processor time since the start that others used, as a sentence.</summary>
    public string Describe()
    {
        if (_start is not { } start || Read() is not { } now || now.All <= start.All)
            return "how busy others kept the machine is not known";
        var others = now.Busy - start.Busy - (now.Own - start.Own);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"others used {100 * Math.Max(0, others) / (now.All - start.All):0} % of the machine's processor time meanwhile");
    }

    private static Times? Read()
    {
        if (!OperatingSystem.IsLinux())
            return null;

        // cpu user nice system idle iowait irq softirq steal; and, after the name in parentheses, of this process and of its children
        // that have ended: fields 14 to 17.
        var all = Numbers(File.ReadLines("/proc/stat").First()[4..]).Take(8).ToArray();
        var stat = File.ReadAllText("/proc/self/stat");
        var own = Numbers(stat[(stat.LastIndexOf(')') + 4)..]).Skip(10).Take(4).Sum();
        return new Times(all.Sum(), all.Sum() - all[3] - all[4], own);
    }

    private static IEnumerable<double> Numbers(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static n => double.Parse(n, CultureInfo.InvariantCulture));

    private readonly record struct Times(double All, double Busy, double Own);
}
