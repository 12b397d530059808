using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Visits;

/// <summary>One acknowledged change of one application: what the server must tell of it from then on.</summary>
/// <param name="Revision">The server's.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Application">What was changed.</param>
/// <param name="Instances">All its instances from then on.</param>
/// <param name="Interfaces">The interfaces of its one build, if the build was declared or withdrawn with the change; null: neither.</param>
/// <param name="BuildId">That build; null: it is withdrawn.</param>
internal sealed record Change(
    long Revision, string Namespace, string Application, IReadOnlyCollection<Instance> Instances,
        IReadOnlyCollection<string>? Interfaces, string? BuildId)
{
    /// <summary>A change of an application with one instance, in the default namespace.</summary>
    /// <param name="revision">The server's.</param>
    /// <param name="application">What was changed.</param>
    /// <param name="instance">Its instance from then on; null: it is gone.</param>
    /// <param name="interfaces">The interfaces of the build that was declared with it; null: none was.</param>
    public static Change OfOne(long revision, string application, Instance? instance, string[]? interfaces) =>
        new(revision, "default", application, instance is null ? [] : [instance], interfaces, instance?.BuildId);
}

/// <summary>The server's history, made of what it acknowledged to its clients. Complete only if no outcome is unknown.</summary>
internal static class Committed
{
    /// <param name="epoch">The name of the history.</param>
    /// <param name="changes">Every change since the server was empty.</param>
    public static CommittedHistory Of(string epoch, IEnumerable<Change> changes)
    {
        var history = new CommittedHistory(epoch);
        var mappings = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var change in changes.OrderBy(w => w.Revision))
        {
            var isWithdrawn = change is { Interfaces: not null, BuildId: null };
            var contents = new Dictionary<string, TopicContent>(StringComparer.Ordinal)
            {
                [TopicName.Application(change.Namespace, change.Application)] =
                    TopicContent.Of(change.Instances.ToDictionary(i => i.Id, ItemContent.Of), isAbsent: isWithdrawn
                        && change.Instances.Count == 0),
            };
            foreach (var name in change.Interfaces ?? [])
            {
                var topic = TopicName.Interface(change.Namespace, name);
                if (!mappings.TryGetValue(topic, out var mapping))
                    mappings[topic] = mapping = new(StringComparer.Ordinal);
                if (isWithdrawn)
                    mapping.Remove(change.Application);
                else
                    mapping[change.Application] = ItemContent.OfBuilds([change.BuildId!]);
                contents[topic] = TopicContent.Of(mapping, isAbsent: mapping.Count == 0);
            }

            history.Add(change.Revision, contents);
        }

        return history;
    }
}
