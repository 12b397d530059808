namespace Registry.Cli.CommandLine;

/// <summary>How the program calls itself towards a server.</summary>
internal static class ProgramName
{
    /// <summary>Such as <c>registry-cli 0.1.0</c>.</summary>
    public static string WithVersion { get; } =
        $"registry-cli {typeof(ProgramName).Assembly.GetName().Version?.ToString(3)}";
}
