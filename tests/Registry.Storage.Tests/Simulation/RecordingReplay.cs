using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Storage.Recovery;

namespace Registry.Storage.Tests.Simulation;

/// <summary>Passes on the changes of a log that has no state snapshot.</summary>
internal sealed class RecordingReplay(Action<long, ApplicationChange>? apply = null) : IReplay
{
    public void Begin(long revision, IEnumerable<ApplicationSnapshot> applications) => Assert.Fail($"nobody has written a snapshot at {revision}");

    public void Apply(long revision, ApplicationChange change) => apply?.Invoke(revision, change);
}
