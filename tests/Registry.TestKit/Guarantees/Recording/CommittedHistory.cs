using System.Collections.Immutable;
using System.Text.Json;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.TestKit.Changes;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>
/// What the registry committed: per revision the whole content of the topics that it changed. Begins empty. Comes from the log in
/// process, or from the server's own reads where one writer reads after each of its writes.
/// </summary>
public sealed class CommittedHistory
{
    private readonly SortedList<long, IReadOnlyCollection<string>> _commits = [];
    private readonly Dictionary<string, SortedList<long, TopicContent>> _topics = [];

    /// <param name="epoch">The name of the history.</param>
    public CommittedHistory(string epoch)
    {
        Epoch = epoch;
    }

    public string Epoch { get; }

    /// <summary>The newest revision.</summary>
    public long Revision => _commits.Count == 0 ? 0 : _commits.Keys[^1];

    /// <summary>Revisions and the topics whose content each of them changed, oldest first.</summary>
    public IReadOnlyList<KeyValuePair<long, IReadOnlyCollection<string>>> Commits => [.. _commits];

    /// <summary>
    /// What the log of a registry says, worked out without the registry: plain dictionaries, and the mapping derived anew from the builds.
    /// </summary>
    internal static CommittedHistory Of(HistoryLog log, string epoch, IEnumerable<string> unmapped)
    {
        var history = new CommittedHistory(epoch);
        var applications = new Dictionary<QualifiedName, (SortedDictionary<string, string> Instances, Dictionary<string, Build> Builds)>();
        var mappings = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        var ignored = unmapped.ToHashSet(StringComparer.Ordinal);
        foreach (var (revision, change) in log.Changes)
        {
            var name = change.Application;
            if (!applications.TryGetValue(name, out var application))
                applications[name] = application = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
            foreach (var instance in change.Upserts)
                application.Instances[instance.Id] = ItemContent.Of(instance);
            foreach (var id in change.Removals)
                application.Instances.Remove(id);

            var touched = change.BuildsAdded.Concat(change.BuildsRemoved.Select(id => application.Builds[id])).SelectMany(b => b.Interfaces).ToHashSet();
            foreach (var build in change.BuildsAdded)
                application.Builds[build.Id] = build;
            foreach (var id in change.BuildsRemoved)
                application.Builds.Remove(id);

            var contents = new Dictionary<string, TopicContent>(StringComparer.Ordinal)
            {
                [TopicName.Application(name.Namespace, name.Name)] =
                    TopicContent.Of(application.Instances, application.Instances.Count == 0 && application.Builds.Count == 0),
            };
            foreach (var @interface in touched.Where(i => !ignored.Contains(i)))
            {
                var topic = TopicName.Interface(name.Namespace, @interface);
                if (!mappings.TryGetValue(topic, out var mapping))
                    mappings[topic] = mapping = new(StringComparer.Ordinal);
                var serving = application.Builds.Values.Where(b => b.Interfaces.Contains(@interface)).Select(b => b.Id).ToArray();
                if (serving.Length > 0)
                    mapping[name.Name] = ItemContent.OfBuilds(serving);
                else
                    mapping.Remove(name.Name);
                contents[topic] = TopicContent.Of(mapping, mapping.Count == 0);
            }

            history.Add(revision, contents);
        }

        return history;
    }

    /// <summary>Adds a revision. Topics whose content is what it was are left out: nobody can see that they were touched.</summary>
    public void Add(long revision, IReadOnlyDictionary<string, TopicContent> contents)
    {
        ArgumentNullException.ThrowIfNull(contents);
        if (revision <= Revision)
            throw new ArgumentException($"revision {revision} after {Revision}", nameof(revision));
        var changed = new List<string>();
        foreach (var (topic, content) in contents)
        {
            if (content.Equals(At(topic, revision)))
                continue;
            if (!_topics.TryGetValue(topic, out var states))
                _topics[topic] = states = [];
            states.Add(revision, content);
            changed.Add(topic);
        }

        _commits.Add(revision, changed);
    }

    /// <summary>What a topic held at a revision.</summary>
    public TopicContent At(string topic, long revision) =>
        _topics.TryGetValue(topic, out var states) && IndexAt(states, revision) is >= 0 and var index ? states.Values[index] : TopicContent.Absent;

    /// <summary>The revision of a topic's last change up to a revision; 0: it had never been there.</summary>
    public long LastChange(string topic, long revision) =>
        _topics.TryGetValue(topic, out var states) && IndexAt(states, revision) is >= 0 and var index ? states.Keys[index] : 0;

    /// <summary>Revisions after one and up to another, with the topics that each changed.</summary>
    public IEnumerable<(long Revision, IReadOnlyCollection<string> Topics)> Between(long after, long upTo)
    {
        for (var i = IndexAt(_commits, after) + 1; i < _commits.Count && _commits.Keys[i] <= upTo; i++)
            yield return (_commits.Keys[i], _commits.Values[i]);
    }

    /// <summary>One line per revision, after one with the epoch.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return JsonSerializer.Serialize(Epoch);
        foreach (var (revision, topics) in _commits)
        {
            var contents = topics.ToDictionary(topic => topic, topic => At(topic, revision) is { IsAbsent: false } content ? content.Items : null);
            yield return JsonSerializer.Serialize(new HistoryLine(revision, contents));
        }
    }

    /// <summary>Reads what <see cref="ToLines"/> wrote.</summary>
    public static CommittedHistory Parse(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        using var all = lines.GetEnumerator();
        all.MoveNext();
        var history = new CommittedHistory(JsonSerializer.Deserialize<string>(all.Current)!);
        while (all.MoveNext())
        {
            var line = JsonSerializer.Deserialize<HistoryLine>(all.Current)!;
            history.Add(line.Revision, line.Topics.ToDictionary(t => t.Key, t => t.Value is null ? TopicContent.Absent : TopicContent.Of(t.Value)));
        }

        return history;
    }

    // The last place whose key is not above; -1: there is none.
    private static int IndexAt<T>(SortedList<long, T> list, long key)
    {
        int low = 0, high = list.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (list.Keys[middle] <= key)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }

    private sealed record HistoryLine(long Revision, Dictionary<string, ImmutableSortedDictionary<string, string>?> Topics);
}
