namespace Registry.Storage.Tests.Logs;

/// <summary>A directory on the real disk, gone with this object.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("registry-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
