using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Tables;

namespace Registry.Core.Changes;

/// <summary>
/// All objects of one change, built and waiting for their revision. What Apply makes of (snapshots, change) is a function of these
/// alone, so that a replay and another node's applier arrive at the same.
/// </summary>
internal sealed class PreparedChange
{
    private readonly StripedTable<ApplicationSnapshot>.Entry _applicationEntry;
    private readonly ApplicationSnapshot _application;
    private readonly ApplicationDelta? _applicationDelta;
    private readonly List<BuildUse> _idleBuilds = [];
    private readonly List<(StripedTable<MappingSnapshot>.Entry Entry, MappingSnapshot Next, MappingDelta? Delta)> _mappings = [];

    public PreparedChange(ApplicationChange change, StripedTable<ApplicationSnapshot>.Entry entry, IReadOnlySet<string> unmapped)
    {
        Change = change;
        _applicationEntry = entry;
        var current = entry.Current;
        var instances = Sorted.Merge(current.Instances, change.Upserts.AsSpan(), change.Removals.AsSpan(), static i => i.Id);
        InstancesAdded = instances.Length - current.Instances.Length;
        _application = new ApplicationSnapshot(current.Name, instances, UseBuilds(current, change));
        Edits = FindEdits(current, change, unmapped);

        // A change of builds alone does not show in the application's topic, but it is a change of the application: the topic's
        // revision moves, and the step is an empty delta.
        _applicationDelta = current.IsAbsent ? null : new ApplicationDelta(current.Name, current.Revision, change.Upserts, change.Removals);
    }

    public ApplicationChange Change { get; }

    /// <summary>What the change does to mappings, by interface name in ordinal order. Empty: no mapping changes.</summary>
    public SortedDictionary<string, MappingEdit> Edits { get; }

    /// <summary>How many more instances there are afterwards.</summary>
    public int InstancesAdded { get; }

    public ApplicationSnapshot Application => _application;

    /// <summary>Builds that this change leaves without an instance, or declares without one.</summary>
    public IReadOnlyList<BuildUse> IdleBuilds => _idleBuilds;

    /// <summary>Set by <see cref="Seal"/>.</summary>
    public ChangeSet ChangeSet { get; private set; } = null!;

    /// <summary>Builds the next mapping of one interface. The caller holds that interface's stripe.</summary>
    public void AddMapping(StripedTable<MappingSnapshot>.Entry entry, MappingEdit edit)
    {
        var (next, delta) = entry.Current.With(edit);
        _mappings.Add((entry, next, delta));
    }

    /// <summary>Builds what the watchers get. After the last mapping, before the commit section.</summary>
    public void Seal()
    {
        var topics = ImmutableArray.CreateBuilder<TopicChange>(_mappings.Count + 1);
        foreach (var (_, next, delta) in _mappings)
            topics.Add(new TopicChange(next, delta));
        topics.Add(new TopicChange(_application, _applicationDelta));
        ChangeSet = new ChangeSet(topics.MoveToImmutable());
    }

    // Inside the commit section: stores alone.
    public void Stamp(long revision)
    {
        foreach (var instance in Change.Upserts)
            instance.Stamp(revision);
        foreach (var build in _idleBuilds)
            build.Stamp(revision);
        foreach (var (snapshot, delta) in ChangeSet.Topics)
        {
            snapshot.Stamp(revision);
            delta?.Stamp(revision);
        }

        ChangeSet.Stamp(revision);
    }

    public void Swap()
    {
        foreach (var (entry, next, _) in _mappings)
            entry.Current = next;
        _applicationEntry.Current = _application;
    }

    private ImmutableArray<BuildUse> UseBuilds(ApplicationSnapshot current, ApplicationChange change)
    {
        // How the number of instances per build moves. A change names at most a few builds, and mostly none moves.
        var moved = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var instance in change.Upserts)
        {
            Move(instance.Declaration.BuildId, 1);
            if (current.TryGetInstance(instance.Id, out var before))
                Move(before.Declaration.BuildId, -1);
        }

        foreach (var id in change.Removals)
        {
            if (current.TryGetInstance(id, out var before))
                Move(before.Declaration.BuildId, -1);
        }

        var upserts = new SortedDictionary<string, BuildUse>(StringComparer.Ordinal);
        foreach (var build in change.BuildsAdded)
        {
            // A replay may bring a build that is there, with instances of its own.
            if (current.FindBuild(build.Id) is null)
                upserts[build.Id] = Use(build, before: null, moved.GetValueOrDefault(build.Id));
        }

        foreach (var (id, by) in moved)
        {
            if (by != 0 && !upserts.ContainsKey(id) && current.FindBuild(id) is { } before)
                upserts[id] = Use(before.Build, before, by);
        }

        return upserts.Count == 0 && change.BuildsRemoved.IsEmpty
            ? current.Builds
            : Sorted.Merge(current.Builds, upserts.Values.ToArray(), change.BuildsRemoved.AsSpan(), static b => b.Build.Id);

        void Move(string build, int by)
        {
            if (build.Length > 0)
                moved[build] = moved.GetValueOrDefault(build) + by;
        }
    }

    private BuildUse Use(Build build, BuildUse? before, int moved)
    {
        var use = new BuildUse(build, (before?.Instances ?? 0) + moved, unusedSince: 0);
        if (use.Instances == 0)
            _idleBuilds.Add(use);
        return use;
    }

    private static SortedDictionary<string, MappingEdit> FindEdits(ApplicationSnapshot current, ApplicationChange change, IReadOnlySet<string> unmapped)
    {
        var edits = new SortedDictionary<string, MappingEdit>(StringComparer.Ordinal);
        foreach (var build in change.BuildsAdded)
        {
            if (current.FindBuild(build.Id) is not null)
                continue;
            foreach (var name in build.Interfaces)
                EditOf(name)?.Added.Add(build.Id);
        }

        foreach (var id in change.BuildsRemoved)
        {
            foreach (var name in current.FindBuild(id)?.Build.Interfaces ?? [])
                EditOf(name)?.Removed.Add(id);
        }

        return edits;

        MappingEdit? EditOf(string name)
        {
            if (unmapped.Contains(name))
                return null;
            if (!edits.TryGetValue(name, out var edit))
                edits[name] = edit = new MappingEdit(current.Name.Name);
            return edit;
        }
    }
}
