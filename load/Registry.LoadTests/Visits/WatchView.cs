using Registry.LoadTests.Failures;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Visits;

/// <summary>
/// What a client makes of one watch: topics, each as of the last Sync. A batch applies as a whole at its Sync, as the protocol says.
/// Used by one caller at a time.
/// </summary>
internal sealed class WatchView
{
    private readonly Dictionary<string, HashSet<string>> _mappings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, Instance>> _applications = new(StringComparer.Ordinal);
    private readonly List<WatchResponse> _batch = [];

    /// <summary>The revision of the last Sync; -1: there was none yet.</summary>
    public long Revision { get; private set; } = -1;

    /// <summary>An application serves an interface, and an instance of it is there.</summary>
    public bool Serves(string @interface, string application, string instance) =>
        _mappings.TryGetValue(@interface, out var mapped) && mapped.Contains(application) && Find(application, instance) is not null;

    /// <summary>An instance; null: it is not there.</summary>
    public Instance? Find(string application, string instance) =>
        _applications.TryGetValue(application, out var instances) ? instances.GetValueOrDefault(instance) : null;

    /// <summary>Takes a message.</summary>
    /// <exception cref="LoadException">It goes back in time, or ends the subscription.</exception>
    public void Take(WatchResponse message)
    {
        if (message.KindCase == WatchResponse.KindOneofCase.SubscriptionEnded)
            throw new LoadException(FailureKind.Refused, $"{message.SubscriptionEnded.Reason}: {message.SubscriptionEnded.Message}");
        if (message.KindCase != WatchResponse.KindOneofCase.Sync)
        {
            _batch.Add(message);
            return;
        }

        if (message.Sync.Revision < Revision)
            throw new LoadException(FailureKind.WrongAnswer, $"Sync {message.Sync.Revision} after Sync {Revision}");
        foreach (var told in _batch)
            Apply(told);
        _batch.Clear();
        Revision = message.Sync.Revision;
    }

    /// <summary>The stream has ended: what came after the last Sync is thrown away, as the protocol says.</summary>
    public void Forget() => _batch.Clear();

    /// <summary>Another history begins with the batch that is being told: what was held of the one before is thrown away.</summary>
    public void BeginEpoch()
    {
        _mappings.Clear();
        _applications.Clear();
        Revision = -1;
    }

    /// <summary>Everything is thrown away: another history begins, or another view of this one.</summary>
    public void Clear()
    {
        _batch.Clear();
        _mappings.Clear();
        _applications.Clear();
        Revision = -1;
    }

    private void Apply(WatchResponse told)
    {
        switch (told.KindCase)
        {
            case WatchResponse.KindOneofCase.Interface:
                var mapping = told.Interface;
                var mapped = Entry(_mappings, mapping.Interface);
                if (mapping is { Kind: TopicMessageKind.Snapshot, Continued: false })
                    mapped.Clear();
                mapped.ExceptWith(mapping.RemovedApplications);
                mapped.UnionWith(mapping.Applications.Select(a => a.Application));
                break;
            case WatchResponse.KindOneofCase.Application:
                var application = told.Application;
                var instances = Entry(_applications, application.Application);
                if (application is { Kind: TopicMessageKind.Snapshot, Continued: false })
                    instances.Clear();
                foreach (var id in application.RemovedInstances)
                    instances.Remove(id);
                foreach (var instance in application.Instances)
                    instances[instance.Id] = instance;
                break;
            case WatchResponse.KindOneofCase.Dropped:
                _mappings.Remove(told.Dropped.Topic.Interface);
                _applications.Remove(told.Dropped.Topic.Application);
                break;
        }
    }

    private static T Entry<T>(Dictionary<string, T> topics, string name)
        where T : new()
    {
        if (!topics.TryGetValue(name, out var entry))
            topics[name] = entry = new T();
        return entry;
    }
}
