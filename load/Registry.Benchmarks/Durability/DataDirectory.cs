namespace Registry.Benchmarks.Durability;

/// <summary>A directory on the disk, gone with this object.</summary>
internal sealed class DataDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("registry-durability-").FullName;

    /// <summary>What its files take, in bytes.</summary>
    public long Bytes => Directory.EnumerateFiles(Path).Sum(static file =>
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            // Cut meanwhile.
            return 0;
        }
    });

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
