using Registry.Core.Changes;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Tests.Simulation;

/// <summary>Passes on the changes of a log that has no state snapshot.</summary>
internal sealed class RecordingReplay(Action<long, ApplicationChange>? apply = null) : IReplay
{
    public void Begin(StateSnapshot snapshot) => Assert.Fail($"nobody has written {snapshot.Name}");

    public void Apply(long revision, ApplicationChange change) => apply?.Invoke(revision, change);
}
