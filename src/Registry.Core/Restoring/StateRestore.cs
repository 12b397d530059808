using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Core.Restoring;

/// <summary>
/// Rebuilds the tables from the changes of a log, through the same <see cref="Applier"/> that made them, and hands them to a registry.
/// Nobody watches yet, so no change is kept for watchers, and nothing is logged again. One thread.
/// </summary>
internal sealed class StateRestore
{
    private readonly IList<string> _unmapped;
    private CommitSection _commits;
    private Applier _applier;

    /// <param name="options">What the registry is going to be made with.</param>
    public StateRestore(RegistryOptions options)
    {
        Applications = new StripedTable<ApplicationSnapshot>(options.Stripes, LockLevel.ApplicationStripe);
        Interfaces = new StripedTable<MappingSnapshot>(options.Stripes, LockLevel.InterfaceStripe);
        _commits = new CommitSection(new MemoryChangeLog(), RegistryHistory.New(), instances: 0);
        _unmapped = options.UnmappedInterfaces;
        _applier = new Applier(Interfaces, _commits, _unmapped);
    }

    public StripedTable<ApplicationSnapshot> Applications { get; }

    public StripedTable<MappingSnapshot> Interfaces { get; }

    /// <summary>The instances that were restored.</summary>
    public int InstanceCount => _commits.InstanceCount;

    /// <summary>Those of them that hang on no lease.</summary>
    public int UnleasedCount => _commits.UnleasedCount;

    /// <summary>
    /// Begins with applications as they stood at one revision, instead of with nothing. How old the mappings are is not known, so they are as
    /// old as that; who resumes from before has to be told everything.
    /// </summary>
    /// <param name="applications">The applications, with their revisions. Those that are not among them were absent. Read once.</param>
    /// <param name="revision">The revision.</param>
    public void Load(IEnumerable<ApplicationSnapshot> applications, long revision)
    {
        var (instances, unleased) = (0, 0);
        foreach (var application in applications)
        {
            var stripe = Applications.StripeOf(application.Name);
            using var held = stripe.Enter();
            stripe.FindOrAdd(application.Name, ApplicationSnapshot.Absent).Current = application;
            instances += application.Instances.Length;
            unleased += application.UnleasedCount;
        }

        foreach (var mapping in Mappings())
        {
            mapping.Stamp(revision);
            var stripe = Interfaces.StripeOf(mapping.Name);
            using var held = stripe.Enter();
            stripe.FindOrAdd(mapping.Name, MappingSnapshot.Absent).Current = mapping;
        }

        _commits = new CommitSection(new MemoryChangeLog(), RegistryHistory.New() with { LastRevision = revision }, instances, unleased);
        _applier = new Applier(Interfaces, _commits, _unmapped);
    }

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

    private IEnumerable<MappingSnapshot> Mappings() =>
        from application in Applications.ReadAll()
        from use in application.Builds
        from name in use.Build.Interfaces
        where !_unmapped.Contains(name)
        group (application.Name.Name, use.Build.Id) by new QualifiedName(application.Name.Namespace, name) into mapped
        select new MappingSnapshot(
            mapped.Key,
            [
                .. mapped
                    .GroupBy(pair => pair.Name, pair => pair.Id, StringComparer.Ordinal)
                    .OrderBy(builds => builds.Key, StringComparer.Ordinal)
                    .Select(builds => new MappedApplication(builds.Key, [.. builds.Order(StringComparer.Ordinal)])),
            ]);
}
