using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Interleaving;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Core.Restoring;

/// <summary>All applications as they stood at one revision. Immutable: what is made of it later can take its time.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Applications">Those that were there, in no order.</param>
internal sealed record RegistryImage(long Revision, IReadOnlyCollection<ApplicationSnapshot> Applications)
{
    /// <summary>
    /// Takes an image; no writer waits for it. What it keeps alive is the applications that are replaced while it lives.
    /// </summary>
    /// <remarks>
    /// The walk alone is no image: while it is under way one application is seen before a change and another one after a later change,
    /// and together they are a registry that never was. A caller that moved from the second to the first would be in both, or in none.
    /// So all that is committed during the walk is recorded, and laid over what the walk has seen. Nothing that it has seen is newer
    /// than the end of the recording, and every change since its beginning is in it.
    /// </remarks>
    public static RegistryImage Take(StripedTable<ApplicationSnapshot> applications, CommitSection commits)
    {
        var seen = new Dictionary<QualifiedName, ApplicationSnapshot>();
        var changes = commits.BeginRecording();
        long revision;
        try
        {
            foreach (var application in applications.ReadAll())
            {
                seen[application.Name] = application;
                YieldPoint.Reach(YieldPoint.ImageRead);
            }
        }
        finally
        {
            revision = commits.EndRecording(changes);
        }

        foreach (var change in changes.SelectMany(static set => set.Topics))
        {
            if (change.Snapshot is not ApplicationSnapshot application)
                continue;
            if (application.IsAbsent)
                seen.Remove(application.Name);
            else
                seen[application.Name] = application;
        }

        return new RegistryImage(revision, seen.Values);
    }
}
