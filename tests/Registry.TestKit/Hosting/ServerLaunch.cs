namespace Registry.TestKit.Hosting;

/// <summary>How a server process is started.</summary>
public sealed record ServerLaunch
{
    /// <summary>The command line. Default: empty.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables beside the caller's. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether <see cref="RegistryProcess.DataDirectory"/> is its data directory, unless the command line says otherwise. Default: yes. No: what
    /// it chooses itself.
    /// </summary>
    public bool HasDataDirectory { get; init; } = true;

    /// <summary>Where the program's assemblies are; null: beside the caller's, where the build puts them.</summary>
    public string? Folder { get; init; }

    /// <summary>The program. Default: the server.</summary>
    public string Program { get; init; } = "Registry.Server.dll";

    /// <summary>
    /// What runs before the program and becomes it, or watches it, such as another user's identity. It must leave the process its number, or
    /// signals go astray. Default: nothing.
    /// </summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];
}
