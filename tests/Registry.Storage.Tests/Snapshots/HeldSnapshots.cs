using Registry.Storage.Devices;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Tests.Snapshots;

/// <summary>A disk on which a snapshot's file is made when a test lets go.</summary>
internal sealed class HeldSnapshots(IStorageDevice device) : IStorageDevice
{
    /// <summary>Set: snapshots can be made.</summary>
    public ManualResetEventSlim LetGo { get; } = new();

    public string PathOf(string name) => device.PathOf(name);

    public IReadOnlyList<string> List() => device.List();

    public IStorageFile Create(string name)
    {
        if (SnapshotName.Matches(name))
            LetGo.Wait();
        return device.Create(name);
    }

    public IStorageFile Open(string name) => device.Open(name);

    public void Delete(string name) => device.Delete(name);

    public void Rename(string name, string to) => device.Rename(name, to);

    public void SyncDirectory() => device.SyncDirectory();

    public void Dispose()
    {
        LetGo.Dispose();
        device.Dispose();
    }
}
