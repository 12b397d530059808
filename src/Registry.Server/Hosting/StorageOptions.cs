using Registry.Storage;

namespace Registry.Server.Hosting;

/// <summary>Where the registry keeps what it knows, and how. What is beside mode and directory is of no effect in memory mode.</summary>
public sealed class StorageOptions : LogOptions
{
    /// <summary>What survives a restart. Default <see cref="StorageMode.Disk"/>.</summary>
    public StorageMode Mode { get; set; } = StorageMode.Disk;

    /// <summary>
    /// The data directory, absolute or from the working directory of whoever starts the server. Made if it is not there, and one server's
    /// alone while that runs. Not touched in <see cref="StorageMode.Memory"/>. Default: the folder <c>registry</c> among the user's local
    /// application data (<c>~/.local/share/registry</c> on Linux), which does not depend on the working directory: a server that is started
    /// from elsewhere finds its data again, and one that is started in a source tree leaves none there.
    /// </summary>
    public string Directory { get; set; } = DefaultDirectory;

    // Empty where there is no home directory; then a server whose state is on disk has to be told.
    private static string DefaultDirectory =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
            ? Path.Combine(data, "registry")
            : "";
}

/// <summary>What survives a restart of the server.</summary>
public enum StorageMode
{
    /// <summary>
    /// Everything that was acknowledged. Answers to writes wait for the disk, and the server is ready when it has read what is there.
    /// </summary>
    Disk,

    /// <summary>Nothing: whoever is registered registers again.</summary>
    Memory,
}
