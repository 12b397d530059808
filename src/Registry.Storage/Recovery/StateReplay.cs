using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Restoring;

namespace Registry.Storage.Recovery;

/// <summary>Makes of what a log holds the state that it leads to. One thread.</summary>
/// <param name="options">What the registry is going to be made with.</param>
internal sealed class StateReplay(RegistryOptions options) : IReplay
{
    public StateRestore State { get; } = new(options);

    /// <summary>How many changes were applied, beside those in the state snapshot.</summary>
    public long Changes { get; private set; }

    public void Begin(long revision, IEnumerable<ApplicationSnapshot> applications) => State.Load(applications, revision);

    public void Apply(long revision, ApplicationChange change)
    {
        State.Apply(revision, change);
        Changes++;
    }
}
