using System.Collections.Concurrent;
using Registry.Core.Changes;
using Registry.Storage.Devices;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit.Changes;

namespace Registry.Storage.Tests.Logs;

/// <summary>The log keeps what every log promises, on a real disk.</summary>
public sealed class DiskChangeLogTests : ChangeLogContract, IDisposable
{
    private readonly ConcurrentBag<TemporaryDirectory> _directories = [];

    internal override IChangeLog Create()
    {
        var directory = new TemporaryDirectory();
        _directories.Add(directory);
        return DiskChangeLog.Open(DiskDevice.OpenDirectory(directory.Path), new LogOptions(), TimeProvider.System, new RecordingReplay());
    }

    public void Dispose()
    {
        foreach (var directory in _directories)
            directory.Dispose();
    }
}
