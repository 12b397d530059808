using System.Globalization;

namespace Registry.EndToEnd.Tests;

/// <summary>How much the heavy tests do: as much as a suite that is run often can bear, or so many times as much.</summary>
internal static class Effort
{
    /// <summary>The variable of the environment.</summary>
    public const string Variable = "REGISTRY_TEST_EFFORT";

    /// <summary>1 if the variable does not say otherwise.</summary>
    public static int Times { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var times)
            ? Math.Max(1, times)
            : 1;
}
