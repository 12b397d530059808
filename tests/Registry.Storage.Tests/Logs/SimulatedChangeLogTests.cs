using Registry.Core.Changes;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit.Changes;

namespace Registry.Storage.Tests.Logs;

/// <summary>The log keeps what every log promises, in segments and batches so small that each test goes through many.</summary>
public sealed class SimulatedChangeLogTests : ChangeLogContract
{
    internal override IChangeLog Create() => DiskChangeLog.Open(
        new SimulatedDisk().Mount(), new LogOptions { SegmentBytes = 300, BatchBytes = 200 }, TimeProvider.System, new RecordingReplay());
}
