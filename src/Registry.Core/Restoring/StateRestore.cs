using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Tables;

namespace Registry.Core.Restoring;

/// <summary>
/// Rebuilds the tables from the changes of a log, through the same <see cref="Applier"/> that made them, and hands them to a registry.
/// Nobody watches yet, so no change is kept for watchers, and nothing is logged again. One thread.
/// </summary>
internal sealed class StateRestore
{
    private readonly CommitSection _commits;
    private readonly Applier _applier;

    /// <param name="options">What the registry is going to be made with.</param>
    public StateRestore(RegistryOptions options)
    {
        Applications = new StripedTable<ApplicationSnapshot>(options.Stripes, LockLevel.ApplicationStripe);
        Interfaces = new StripedTable<MappingSnapshot>(options.Stripes, LockLevel.InterfaceStripe);
        _commits = new CommitSection(new MemoryChangeLog(), RegistryHistory.New(), instances: 0);
        _applier = new Applier(Interfaces, _commits, options.UnmappedInterfaces);
    }

    public StripedTable<ApplicationSnapshot> Applications { get; }

    public StripedTable<MappingSnapshot> Interfaces { get; }

    /// <summary>The instances that were restored.</summary>
    public int InstanceCount => _commits.InstanceCount;

    /// <summary>Those of them that hang on no lease.</summary>
    public int UnleasedCount => _commits.UnleasedCount;

    /// <summary>Applies the next change of the log. Revisions grow.</summary>
    public void Apply(long revision, ApplicationChange change)
    {
        var stripe = Applications.StripeOf(change.Application);
        using var held = stripe.Enter();
        var entry = stripe.FindOrAdd(change.Application, ApplicationSnapshot.Absent);
        _applier.ApplyUnderStripe(entry, change, attachTo: null, now: 0, reservedBytes: 0, revision);
    }

    /// <summary>The log is at its end. No watcher has seen a name that has gone by now, so it is forgotten.</summary>
    public void Complete()
    {
        Applications.ForgetAbsences();
        Interfaces.ForgetAbsences();
    }
}
