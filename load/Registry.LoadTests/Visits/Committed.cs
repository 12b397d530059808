using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Visits;

/// <summary>The server's history, made of what it acknowledged to its clients. Complete only if no outcome is unknown.</summary>
internal static class Committed
{
    /// <param name="epoch">The name of the history.</param>
    /// <param name="writes">Every change since the server was empty.</param>
    public static CommittedHistory Of(string epoch, IEnumerable<Write> writes)
    {
        var history = new CommittedHistory(epoch);
        var mappings = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var write in writes.OrderBy(w => w.Revision))
        {
            var instances = write.Instance is { } instance ? new Dictionary<string, string> { [instance.Id] = ItemContent.Of(instance) } : [];
            var contents = new Dictionary<string, TopicContent>(StringComparer.Ordinal)
            {
                [TopicName.Application("default", write.Application)] = TopicContent.Of(instances),
            };
            foreach (var name in write.Interfaces ?? [])
            {
                if (!mappings.TryGetValue(name, out var mapping))
                    mappings[name] = mapping = new(StringComparer.Ordinal);
                mapping[write.Application] = ItemContent.OfBuilds([write.Instance!.BuildId]);
                contents[TopicName.Interface("default", name)] = TopicContent.Of(mapping);
            }

            history.Add(write.Revision, contents);
        }

        return history;
    }
}
