using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>
/// What a client knows of the registry, as it stood there at one revision. Frozen: a reader that keeps a view keeps a
/// consistent picture, and a newer one replaces it.
/// </summary>
/// <remarks>
/// A topic that is not held is not known, which is not the same as absent: an absent topic is held, and says so.
/// </remarks>
internal sealed record RegistryView(
    string Epoch,
    long Revision,
    ImmutableDictionary<TopicName, TopicContent<MappedApplication>> Interfaces,
    ImmutableDictionary<TopicName, TopicContent<Instance>> Applications)
{
    /// <summary>Nothing is known.</summary>
    public static RegistryView Empty { get; } = new(
        "",
        0,
        ImmutableDictionary<TopicName, TopicContent<MappedApplication>>.Empty,
        ImmutableDictionary<TopicName, TopicContent<Instance>>.Empty);

    /// <summary>All topics of which the content is known, those that came along with an interface too.</summary>
    public IEnumerable<TopicName> Held => Interfaces.Keys.Concat(Applications.Keys);

    public TopicContent<MappedApplication>? FindInterface(string @namespace, string name) =>
        Interfaces.GetValueOrDefault(TopicName.Interface(@namespace, name));

    public TopicContent<Instance>? FindApplication(string @namespace, string name) =>
        Applications.GetValueOrDefault(TopicName.Application(@namespace, name));

    /// <summary>Whether the topic is known, and of an interface all that it maps to as well.</summary>
    public bool Covers(TopicName topic)
    {
        if (topic.Kind == TopicKind.Application)
        {
            return Applications.ContainsKey(topic);
        }

        return Interfaces.TryGetValue(topic, out var mapping)
            && mapping.Items.Keys.All(application => Applications.ContainsKey(TopicName.Application(topic.Namespace, application)));
    }

    /// <summary>
    /// The join: of the applications that serve the interface, the instances whose build the mapping lists.
    /// </summary>
    public ResolvedTopic Resolve(TopicName topic) =>
        topic.Kind == TopicKind.Interface ? ResolveInterface(topic) : ResolveApplication(topic);

    private ResolvedTopic ResolveInterface(TopicName topic)
    {
        if (!Interfaces.TryGetValue(topic, out var mapping))
        {
            return new ResolvedTopic(topic, ResolvedStatus.NotLoaded, [], []);
        }

        var instances = ImmutableArray.CreateBuilder<ResolvedInstance>();
        var isWhole = true;
        foreach (var mapped in mapping.Items.Values)
        {
            if (!Applications.TryGetValue(TopicName.Application(topic.Namespace, mapped.Application), out var application))
            {
                isWhole = false;
                continue;
            }

            foreach (var instance in application.Items.Values)
            {
                // An instance without a build serves no interface, even if a mapping listed an empty build.
                if (instance.BuildId.Length > 0 && mapped.BuildIds.Contains(instance.BuildId))
                {
                    instances.Add(new ResolvedInstance(mapped.Application, instance));
                }
            }
        }

        var status = mapping.IsAbsent || mapping.Items.Count == 0 ? ResolvedStatus.Unknown
            : instances.Count > 0 ? ResolvedStatus.Available
            : isWhole ? ResolvedStatus.NoInstance
            : ResolvedStatus.NotLoaded;
        return new ResolvedTopic(topic, status, [.. mapping.Items.Keys], instances.DrainToImmutable());
    }

    private ResolvedTopic ResolveApplication(TopicName topic)
    {
        if (!Applications.TryGetValue(topic, out var application))
        {
            return new ResolvedTopic(topic, ResolvedStatus.NotLoaded, [], []);
        }

        if (application.IsAbsent)
        {
            return new ResolvedTopic(topic, ResolvedStatus.Unknown, [], []);
        }

        var status = application.Items.Count > 0 ? ResolvedStatus.Available : ResolvedStatus.NoInstance;
        return new ResolvedTopic(
            topic, status, [topic.Name], [.. application.Items.Values.Select(instance => new ResolvedInstance(topic.Name, instance))]);
    }
}
