using System.Globalization;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Leases;

/// <summary>
/// What a server did by itself, found in what its watchers were told, and whether it may have. The revision of each such change is the
/// first at which a watcher was told of it: exact where it came as a step, and otherwise the newest that it can have, which is as good,
/// because nobody was told anything else in between.
/// </summary>
internal sealed class SilentChanges
{
    private const string Promise = "Leases: an instance goes by itself only when its lease has run out, and then it goes.";

    // As with the other promises: the first few tell it all.
    private const int MaxSentences = 5;

    private readonly Dictionary<(string Topic, string Id), LeasedInstance> _instances = [];
    private readonly Dictionary<string, List<LeasedInstance>> _instancesOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MappedBuild> _buildOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, MappedBuild>> _mapped = new(StringComparer.Ordinal);

    // Up to each revision, the latest moment in which a change had yet to be made: who stands there or further stands later.
    private readonly SortedList<long, long> _provenAt = [];

    private SilentChanges(IEnumerable<LeasedChange> acknowledged)
    {
        var latest = 0L;
        foreach (var change in acknowledged.OrderBy(c => c.Revision))
        {
            latest = Math.Max(latest, change.Asked);
            _provenAt.Add(change.Revision, latest);
            var topic = TopicName.Application(change.Namespace, change.Application);
            if (change.Build is not null && !_buildOf.ContainsKey(topic))
                AddBuild(topic, change);
            AddInstances(topic, change);
        }
    }

    /// <summary>Builds that have left their mappings, each with its revision.</summary>
    public IEnumerable<MappedBuild> Retired => _buildOf.Values.Where(b => b.Gone is not null);

    /// <summary>Instances that have changed their state, or are gone (null).</summary>
    public IEnumerable<(long Revision, string Topic, string Id, string? Content)> Instances => _instances.Values.SelectMany(i =>
        i.Silent.Select(s => (s.Key, i.Topic, i.Id, (string?)s.Value.Content))
            .Concat(i.Gone is { } gone ? [(gone.Revision, i.Topic, i.Id, null)] : []));

    /// <summary>What the server may not do by itself, or has not done, as sentences.</summary>
    public IReadOnlyList<string> Broken { get; private set; } = [];

    /// <param name="acknowledged">Every acknowledged change of the topics that were watched.</param>
    /// <param name="recording">What watchers were told.</param>
    /// <param name="terms">When the server does something by itself.</param>
    public static SilentChanges Find(IEnumerable<LeasedChange> acknowledged, WatchRecording recording, LeaseTerms terms)
    {
        var found = new SilentChanges(acknowledged);
        foreach (var stream in recording.Streams)
        {
            foreach (var batch in stream.Batches)
            {
                foreach (var item in batch.Items)
                    found.Look(batch, item);
            }

            // What it had in the end.
            if (stream.Batches is [.., var last])
            {
                foreach (var (topic, held) in last.After)
                    found.Hold(topic, held.Content.Items.Keys, last.Revision);
            }
        }

        found.Broken = [.. found.Judge(terms).Take(MaxSentences).Select(broken => $"{Promise} {broken}")];
        return found;
    }

    private void AddBuild(string topic, LeasedChange change)
    {
        var mappings = change.Interfaces.Select(name => TopicName.Interface(change.Namespace, name)).ToArray();
        var build = new MappedBuild(topic, change.Application, change.Revision, mappings);
        _buildOf.Add(topic, build);
        foreach (var mapping in mappings)
        {
            if (!_mapped.TryGetValue(mapping, out var builds))
                _mapped[mapping] = builds = new(StringComparer.Ordinal);
            builds.Add(change.Application, build);
        }
    }

    private void AddInstances(string topic, LeasedChange change)
    {
        if (!_instancesOf.TryGetValue(topic, out var all))
            _instancesOf[topic] = all = [];
        foreach (var (id, content) in change.Upserts)
        {
            if (!_instances.TryGetValue((topic, id), out var instance))
            {
                instance = new LeasedInstance(topic, id, change.Revision, change.Lease
                    ?? throw new ArgumentException($"{topic}/{id} was changed at {change.Revision} and never registered", nameof(change)));
                _instances.Add((topic, id), instance);
                all.Add(instance);
                _buildOf.GetValueOrDefault(topic)?.Instances.Add(instance);
            }

            instance.Acknowledge(change.Revision, content);
        }

        foreach (var id in change.Removals)
        {
            if (_instances.TryGetValue((topic, id), out var instance))
                instance.Removed = (change.Revision, change.Asked);
        }
    }

    private void Look(ObservedBatch batch, ObservedItem item)
    {
        var seen = item.Seen;
        if (seen.Topic is not { } topic || seen.Kind is not (ObservationKind.Snapshot or ObservationKind.Delta or ObservationKind.Dropped))
            return;

        // Who is told the whole, or no more, had all that it knew at the Sync before; it may have it still.
        Hold(topic, seen.Kind == ObservationKind.Delta ? seen.Removed ?? [] : item.Known?.Content.Items.Keys ?? [], batch.Base);
        if (seen.Kind == ObservationKind.Dropped)
            return;
        foreach (var (id, content) in seen.Items ?? new Dictionary<string, string>())
            _instances.GetValueOrDefault((topic, id))?.Tell(content, seen.At);

        // An absence whose revision is forgotten is as old as its Sync at the most.
        var revision = seen is { IsAbsent: true, To: 0 } ? batch.Revision : seen.To;
        if (seen.Kind == ObservationKind.Delta)
        {
            foreach (var name in seen.Removed ?? [])
            {
                _instances.GetValueOrDefault((topic, name))?.TellGone(revision, seen.At);
                _mapped.GetValueOrDefault(topic)?.GetValueOrDefault(name)?.TellGone(revision, seen.At);
            }

            return;
        }

        foreach (var instance in _instancesOf.GetValueOrDefault(topic) ?? [])
        {
            if (instance.Begins <= revision && seen.Items?.ContainsKey(instance.Id) != true)
                instance.TellGone(revision, seen.At);
        }

        foreach (var build in _mapped.GetValueOrDefault(topic)?.Values ?? Enumerable.Empty<MappedBuild>())
        {
            if (build.Begins <= revision && seen.Items?.ContainsKey(build.Application) != true)
                build.TellGone(revision, seen.At);
        }
    }

    private void Hold(string topic, IEnumerable<string> names, long sync)
    {
        foreach (var name in names)
            _instances.GetValueOrDefault((topic, name))?.Held(sync);
    }

    private IEnumerable<string> Judge(LeaseTerms terms)
    {
        foreach (var instance in _instances.Values)
        {
            var lease = instance.Lease;
            var name = instance.Name;
            if (instance.Gone is { } gone && gone.At < lease.Deadline)
                yield return Say($"{name} was gone at {gone.Revision}, {lease.Deadline - gone.At} ms before its lease could have run out.");
            foreach (var (revision, (_, at)) in instance.Silent.Where(s => s.Value.At < lease.OverdueFrom))
            {
                var early = lease.OverdueFrom - at;
                yield return Say($"{name} was changed by nobody at {revision}, {early} ms before its lease could have been overdue.");
            }

            var over = ProvenAt(instance.LastHeld) - lease.LatestDeadline;
            if (instance.Removed is null && over > terms.Grace.TotalMilliseconds)
                yield return Say($"{name} was there at {instance.LastHeld}, {over} ms after its lease had run out.");
        }

        foreach (var build in Retired)
        {
            var due = build.IdleFrom + (long)terms.BuildRetention.TotalMilliseconds;
            if (build.GoneAt < due)
                yield return Say($"the build of {build.Topic} was gone at {build.Gone}, {due - build.GoneAt} ms before its retention was over.");
        }
    }

    // The moment before which a revision can't have been the newest; 0: any.
    private long ProvenAt(long revision)
    {
        int low = 0, high = _provenAt.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_provenAt.Keys[middle] <= revision)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? 0 : _provenAt.Values[low - 1];
    }

    private static string Say(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);
}
