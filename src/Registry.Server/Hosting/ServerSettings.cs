namespace Registry.Server.Hosting;

/// <summary>
/// Where the options come from, weakest first: defaults in code, <c>appsettings.json</c> of the working directory, a file that
/// was named, the environment (<c>Registry__Grpc__Address</c>), the command line.
/// </summary>
internal sealed record ServerSettings
{
    /// <summary>The file named with <c>--config</c>. Null: none. It must exist, unlike <c>appsettings.json</c>.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Whether the surroundings count: <c>appsettings.json</c> and the environment. False for hosts inside tests.</summary>
    public bool ReadsSurroundings { get; init; } = true;

    /// <summary>Keys and values of the command line. They beat everything else.</summary>
    public IReadOnlyDictionary<string, string?> Values { get; init; } = new Dictionary<string, string?>();

    /// <summary>Adds the sources to a configuration; throws <see cref="InvalidSettingsException"/> for a file that can't be read.</summary>
    public void AddTo(ConfigurationManager configuration)
    {
        if (ReadsSurroundings)
            AddFile(configuration, Path.GetFullPath("appsettings.json"), optional: true);
        if (ConfigFile is not null)
            AddFile(configuration, Path.GetFullPath(ConfigFile), optional: false);
        if (ReadsSurroundings)
            configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(Values);
    }

    private static void AddFile(ConfigurationManager configuration, string path, bool optional)
    {
        try
        {
            // Reload is off: options are read once, so a change that only half takes effect would be a lie.
            configuration.AddJsonFile(path, optional, reloadOnChange: false);
        }
        catch (Exception wrong) when (wrong is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            var reason = (wrong.InnerException ?? wrong).Message.ReplaceLineEndings(" ");
            throw new InvalidSettingsException($"configuration file {path}: {(wrong is FileNotFoundException ? "not found" : reason)}");
        }
    }
}
