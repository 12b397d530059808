using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Registry.Benchmarks.Reporting;

/// <summary>How a table came about: the command, the kind of machine (its kind and not its name), and who else was on it.</summary>
/// <param name="args">The arguments of the command.</param>
internal sealed class Run(IReadOnlyList<string> args)
{
    private readonly DateTime _started = DateTime.UtcNow;
    private readonly Neighbours _neighbours = new();

    /// <summary>Writes the head of a table.</summary>
    public void AppendTo(StringBuilder text, string settings)
    {
        var quoted = args.Select(static a => a.Contains('*', StringComparison.Ordinal) ? $"'{a}'" : a);
        text.AppendLine($"    dotnet run -c Release --project load/Registry.Benchmarks -- {string.Join(' ', quoted)}");
        text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"* {Environment.ProcessorCount} cores {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()} of a virtual machine, "
            + $"{(OperatingSystem.IsLinux() ? "Linux" : "not Linux")}, {RuntimeInformation.FrameworkDescription}, {_started:yyyy-MM-dd}");
        text.AppendLine(
            CultureInfo.InvariantCulture, $"* it took {(DateTime.UtcNow - _started).TotalMinutes:0.0} minutes; {_neighbours.Describe()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"* {settings}");
    }
}
