using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Restoring;

namespace Registry.TestKit.Changes;

/// <summary>What a log does when it is read.</summary>
internal static class Replay
{
    /// <summary>A change as a log gives it back: the same content, in objects that have not been stamped.</summary>
    public static ApplicationChange Again(ApplicationChange change) => new()
    {
        Application = change.Application,
        Cause = change.Cause,
        Upserts = [.. change.Upserts.Select(i => new Instance(i.Declaration, i.Lease, i.LeaseTtl, i.Owner, i.Incarnation, i.IsSuspect, i.Holder))],
        Removals = change.Removals,
        BuildsAdded = change.BuildsAdded,
        BuildsRemoved = change.BuildsRemoved,
    };

    /// <summary>The state that follows from changes.</summary>
    public static StateRestore Of(RegistryOptions options, IEnumerable<(long Revision, ApplicationChange Change)> changes)
    {
        var restore = new StateRestore(options);
        foreach (var (revision, change) in changes)
            restore.Apply(revision, Again(change));
        restore.Complete();
        return restore;
    }
}
