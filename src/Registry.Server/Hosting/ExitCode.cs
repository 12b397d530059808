namespace Registry.Server.Hosting;

/// <summary>What the exit codes of the process mean.</summary>
internal static class ExitCode
{
    /// <summary>Stopped as told; for <c>healthcheck</c>: serving.</summary>
    public const int Stopped = 0;

    /// <summary>Could not start, or broke down; for <c>healthcheck</c>: not serving.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int WrongUsage = 2;
}
