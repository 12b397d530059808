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
    private readonly List<(StripedTable<MappingSnapshot>.Entry Entry, MappingSnapshot Next, MappingDelta? Delta)> _mappings;

    public PreparedChange(ApplicationChange change, StripedTable<ApplicationSnapshot>.Entry entry, IReadOnlySet<string> unmapped)
    {
        Change = change;
        _applicationEntry = entry;
        var current = entry.Current;
        var instances = Sorted.Merge(current.Instances, change.Upserts, change.Removals, static i => i.Id);
        InstancesAdded = instances.Length - current.Instances.Length;
        UnleasedAdded = CountUnleased(current, change);
        _application = new ApplicationSnapshot(current.Name, instances, UseBuilds(current, change), current.UnleasedCount + UnleasedAdded);
        Edits = MappingEdit.AllOf(current, change, unmapped);
        _mappings = Edits.IsEmpty ? [] : new(Edits.Length);

        // A change of builds alone does not show in the application's topic, but it is a change of the application: the topic's
        // revision moves, and the step is an empty delta.
        _applicationDelta = current.IsAbsent ? null : new ApplicationDelta(current.Name, current.Revision, change.Upserts, change.Removals);
    }

    public ApplicationChange Change { get; }

    /// <summary>What the change does to mappings, in ordinal order of the interfaces. Empty: no mapping changes.</summary>
    public ImmutableArray<MappingEdit> Edits { get; }

    /// <summary>How many more instances there are afterwards.</summary>
    public int InstancesAdded { get; }

    /// <summary>How many more of them hang on no lease.</summary>
    public int UnleasedAdded { get; }

    public ApplicationSnapshot Application => _application;

    /// <summary>Builds that this change leaves without an instance, or declares without one.</summary>
    public IReadOnlyList<BuildUse> IdleBuilds => _idleBuilds;

    /// <summary>Set by <see cref="Seal"/>.</summary>
    public ChangeSet ChangeSet { get; private set; } = null!;

    /// <summary>Builds the next mapping of one interface. The caller holds that interface's stripe.</summary>
    public void AddMapping(StripedTable<MappingSnapshot>.Entry entry, MappingEdit edit)
    {
        var (next, delta) = entry.Current.With(Change.Application.Name, edit);
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

    private static int CountUnleased(ApplicationSnapshot current, ApplicationChange change)
    {
        var added = 0;
        foreach (var instance in change.Upserts)
            added += instance.IsLeased ? 0 : 1;

        // Almost always: nothing of the application is without a lease, so none of it can leave or be taken over.
        if (current.UnleasedCount == 0)
            return added;
        foreach (var instance in change.Upserts)
            added -= IsUnleased(instance.Id) ? 1 : 0;
        foreach (var id in change.Removals)
            added -= IsUnleased(id) ? 1 : 0;
        return added;

        bool IsUnleased(string id) => current.TryGetInstance(id, out var before) && !before.IsLeased;
    }

    private ImmutableArray<BuildUse> UseBuilds(ApplicationSnapshot current, ApplicationChange change)
    {
        var moves = FindMoves(current, change);
        if (moves.Count == 0 && change.BuildsAdded.IsEmpty && change.BuildsRemoved.IsEmpty)
            return current.Builds;

        var upserts = ImmutableArray.CreateBuilder<BuildUse>(moves.Count + change.BuildsAdded.Length);
        foreach (var build in change.BuildsAdded)
        {
            // A replay may bring a build that is there, with instances of its own.
            if (current.FindBuild(build.Id) is null)
                upserts.Add(Use(build, before: null, moves.Find(move => move.Build == build.Id).By));
        }

        foreach (var (id, by) in moves)
        {
            // A build that is not there is among the added, or is named by a replay after it went.
            if (by != 0 && current.FindBuild(id) is { } before)
                upserts.Add(Use(before.Build, before, by));
        }

        if (upserts.Count > 1)
            upserts.Sort(static (a, b) => string.CompareOrdinal(a.Build.Id, b.Build.Id));
        return Sorted.Merge(current.Builds, upserts.DrainToImmutable(), change.BuildsRemoved, static b => b.Build.Id);
    }

    // How the number of instances per build moves. A list, because a change names a few builds, and mostly one.
    private static List<(string Build, int By)> FindMoves(ApplicationSnapshot current, ApplicationChange change)
    {
        var moves = new List<(string Build, int By)>();
        foreach (var instance in change.Upserts)
        {
            Move(instance, 1);
            if (current.TryGetInstance(instance.Id, out var before))
                Move(before, -1);
        }

        foreach (var id in change.Removals)
        {
            if (current.TryGetInstance(id, out var before))
                Move(before, -1);
        }

        return moves;

        void Move(Instance instance, int by)
        {
            var build = instance.Declaration.BuildId;
            if (build.Length == 0)
                return;
            for (var i = 0; i < moves.Count; i++)
            {
                if (moves[i].Build == build)
                {
                    moves[i] = (build, moves[i].By + by);
                    return;
                }
            }

            moves.Add((build, by));
        }
    }

    private BuildUse Use(Build build, BuildUse? before, int moved)
    {
        var use = new BuildUse(build, (before?.Instances ?? 0) + moved, unusedSince: 0);
        if (use.Instances == 0)
            _idleBuilds.Add(use);
        return use;
    }
}
