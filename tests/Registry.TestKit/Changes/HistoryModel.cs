using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Watching;

namespace Registry.TestKit.Changes;

/// <summary>
/// The registry as a child would write it: plain dictionaries, one thread, and the mapping looked up by going through everything.
/// Fed with the log, it says what stood at each revision, and a stream's Syncs are compared with it.
/// </summary>
internal sealed class HistoryModel(IEnumerable<string> unmapped)
{
    private readonly HashSet<string> _unmapped = [.. unmapped];
    private readonly Dictionary<QualifiedName, SortedDictionary<string, Instance>> _instances = [];
    private readonly Dictionary<QualifiedName, SortedDictionary<string, Build>> _builds = [];

    public long Revision { get; private set; }

    public void Apply(long revision, ApplicationChange change)
    {
        var instances = Of(_instances, change.Application);
        foreach (var instance in change.Upserts)
            instances[instance.Id] = instance;
        foreach (var id in change.Removals)
            instances.Remove(id);
        var builds = Of(_builds, change.Application);
        foreach (var build in change.BuildsAdded)
            builds[build.Id] = build;
        foreach (var id in change.BuildsRemoved)
            builds.Remove(id);
        Revision = revision;
    }

    /// <summary>The registry as it stood at a revision.</summary>
    public static HistoryModel At(HistoryLog log, ServiceRegistry registry, long revision)
    {
        var model = new HistoryModel(registry.Options.UnmappedInterfaces);
        foreach (var (at, change) in log.Changes.TakeWhile(c => c.Revision <= revision))
            model.Apply(at, change);
        return model;
    }

    /// <summary>How an answer differs from what stood at this revision.</summary>
    public IEnumerable<string> DifferencesOf(TopicsAtRevision read)
    {
        foreach (var snapshot in read.Mappings.Concat<TopicSnapshot>(read.Applications))
        {
            var expected = snapshot is MappingSnapshot ? Mapping(snapshot.Topic) : Application(snapshot.Topic);
            if (!TopicView.Of(snapshot).HasSameItems(expected))
                yield return $"{snapshot.Topic}: the answer at {read.Revision} has {TopicView.Of(snapshot)}, the history says {expected}";
        }
    }

    /// <summary>How a client's view differs from what stood at this revision.</summary>
    public IEnumerable<string> DifferencesOf(ClientView view)
    {
        foreach (var topic in view.Held)
        {
            var actual = view.Find(topic)!;
            var expected = topic.Kind == TopicKind.Interface ? Mapping(topic) : Application(topic);
            if (!actual.HasSameItems(expected))
                yield return $"No gap: {topic} at Sync {view.Sync}: the client has {actual}, the history says {expected}";
        }
    }

    /// <summary>How the registry differs from what stands at this revision.</summary>
    public IEnumerable<string> DifferencesOf(ServiceRegistry registry, IEnumerable<Topic> topics)
    {
        foreach (var topic in topics)
        {
            var (actual, expected) = topic.Kind == TopicKind.Interface
                ? (TopicView.Of(registry.ReadInterface(topic.Name)), Mapping(topic))
                : (TopicView.Of(registry.ReadApplication(topic.Name)), Application(topic));
            if (!actual.HasSameItems(expected))
                yield return $"{topic}: the registry has {actual}, the history says {expected}";
        }
    }

    private TopicView Application(Topic topic)
    {
        var nothing = TopicView.Nothing(topic);
        return _instances.TryGetValue(topic.Name, out var instances) ? nothing with { Instances = nothing.Instances.AddRange(instances) } : nothing;
    }

    private TopicView Mapping(Topic topic)
    {
        var nothing = TopicView.Nothing(topic);
        if (_unmapped.Contains(topic.Name.Name))
            return nothing;
        var mapped = nothing.Mapped;
        foreach (var (application, builds) in _builds)
        {
            if (application.Namespace != topic.Name.Namespace)
                continue;
            var serving = builds.Values.Where(b => b.Interfaces.Contains(topic.Name.Name)).Select(b => b.Id[..8]).ToArray();
            if (serving.Length > 0)
                mapped = mapped.Add(application.Name, string.Join(',', serving));
        }

        return nothing with { Mapped = mapped };
    }

    private static SortedDictionary<string, T> Of<T>(Dictionary<QualifiedName, SortedDictionary<string, T>> all, QualifiedName name)
    {
        if (!all.TryGetValue(name, out var found))
            all[name] = found = new SortedDictionary<string, T>(StringComparer.Ordinal);
        return found;
    }
}
