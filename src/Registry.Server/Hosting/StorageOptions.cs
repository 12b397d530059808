using System.ComponentModel.DataAnnotations;

namespace Registry.Server.Hosting;

/// <summary>Where the registry keeps what it knows.</summary>
public sealed class StorageOptions
{
    /// <summary>What survives a restart. Default <see cref="StorageMode.Memory"/>.</summary>
    public StorageMode Mode { get; set; } = StorageMode.Memory;

    /// <summary>
    /// The data directory, absolute or from the working directory of whoever starts the server. Default <c>./data</c>. Made if it is
    /// not there, and one server's alone while that runs. Not touched in <see cref="StorageMode.Memory"/>.
    /// </summary>
    [Required]
    public string Directory { get; set; } = "data";
}

/// <summary>What survives a restart of the server.</summary>
public enum StorageMode
{
    /// <summary>Nothing: whoever is registered registers again.</summary>
    Memory,

    /// <summary>
    /// Everything that was acknowledged. Answers to writes wait for the disk, and the server is ready when it has read what is there.
    /// </summary>
    Disk,
}
