using System.Globalization;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// The time on the wall per operation, beside the processor time that BenchmarkDotNet measures here. It leaves the process of the
/// benchmark as a line of its output, which BenchmarkDotNet keeps.
/// </summary>
/// <param name="Fastest">Of the fastest round, in nanoseconds.</param>
/// <param name="Median">Of the median round, in nanoseconds.</param>
internal readonly record struct WallTime(double Fastest, double Median)
{
    private const string Mark = "// wall time per operation:";

    public static void Report(IEnumerable<double> rounds)
    {
        var sorted = rounds.Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark} {sorted[0]:0.0} {sorted[sorted.Length / 2]:0.0}"));
    }

    /// <summary>Finds what was reported; null: nothing was.</summary>
    public static WallTime? Find(IEnumerable<string> lines)
    {
        if (lines.LastOrDefault(static line => line.StartsWith(Mark, StringComparison.Ordinal)) is not { } line)
            return null;
        var numbers = line[Mark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new WallTime(double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture));
    }
}
