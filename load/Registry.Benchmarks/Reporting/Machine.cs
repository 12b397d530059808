using System.Globalization;
using System.Runtime.InteropServices;

namespace Registry.Benchmarks.Reporting;

/// <summary>What kind of machine made a table. Its kind and not its name: a table is for other people.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}, virtual machine, Linux, "
        + $"{RuntimeInformation.FrameworkDescription}, {DateTime.UtcNow:yyyy-MM-dd}");
}
