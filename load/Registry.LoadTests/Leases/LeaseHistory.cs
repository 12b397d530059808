using System.Collections.Immutable;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Leases;

/// <summary>The server's history, made of what it acknowledged and of what it did by itself.</summary>
internal static class LeaseHistory
{
    private static readonly ImmutableSortedDictionary<string, string> Nothing = TopicContent.Absent.Items;

    /// <param name="epoch">The name of the history.</param>
    /// <param name="acknowledged">Every acknowledged change of the topics that are looked at, since the server was empty.</param>
    /// <param name="silent">What it did by itself.</param>
    public static CommittedHistory Of(string epoch, IReadOnlyCollection<LeasedChange> acknowledged, SilentChanges silent)
    {
        var history = new CommittedHistory(epoch);
        var instances = new Dictionary<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        var mappings = new Dictionary<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        var built = new HashSet<string>(StringComparer.Ordinal);
        var changes = acknowledged.ToLookup(c => c.Revision);
        var retired = silent.Retired.ToLookup(b => b.Gone!.Value);
        var touched = silent.Instances.ToLookup(i => i.Revision);
        foreach (var revision in changes.Select(g => g.Key).Concat(retired.Select(g => g.Key)).Concat(touched.Select(g => g.Key)).Distinct().Order())
        {
            var changed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var change in changes[revision])
            {
                var topic = TopicName.Application(change.Namespace, change.Application);
                instances[topic] = instances.GetValueOrDefault(topic, Nothing).SetItems(change.Upserts).RemoveRange(change.Removals);
                changed.Add(topic);
                if (change.Build is not { } build)
                    continue;
                built.Add(topic);
                foreach (var mapping in change.Interfaces.Select(name => TopicName.Interface(change.Namespace, name)))
                {
                    mappings[mapping] = mappings.GetValueOrDefault(mapping, Nothing).SetItem(change.Application, ItemContent.OfBuilds([build]));
                    changed.Add(mapping);
                }
            }

            foreach (var (_, topic, id, content) in touched[revision])
            {
                var before = instances.GetValueOrDefault(topic, Nothing);
                instances[topic] = content is null ? before.Remove(id) : before.SetItem(id, content);
                changed.Add(topic);
            }

            foreach (var build in retired[revision])
            {
                built.Remove(build.Topic);
                changed.Add(build.Topic);
                foreach (var mapping in build.Mappings)
                {
                    mappings[mapping] = mappings.GetValueOrDefault(mapping, Nothing).Remove(build.Application);
                    changed.Add(mapping);
                }
            }

            history.Add(revision, changed.ToDictionary(topic => topic, ContentOf));
        }

        return history;

        TopicContent ContentOf(string topic)
        {
            if (mappings.TryGetValue(topic, out var mapped))
                return TopicContent.Of(mapped, isAbsent: mapped.IsEmpty);
            var held = instances.GetValueOrDefault(topic, Nothing);
            return TopicContent.Of(held, isAbsent: held.IsEmpty && !built.Contains(topic));
        }
    }
}
