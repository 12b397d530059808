using System.Collections.Immutable;
using Registry.Crash.Tests.Writing;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Auditing;

/// <summary>What a server answers about everything that the writers write, at one revision.</summary>
/// <param name="Applications">Instances by application.</param>
/// <param name="Mappings">Of each interface, the pairs of application and build that serve it.</param>
internal sealed record FoundState(
    ImmutableDictionary<string, ImmutableArray<Instance>> Applications, ImmutableDictionary<string, ImmutableHashSet<(string Application, string BuildId)>> Mappings)
{
    public static FoundState Of(IEnumerable<ApplicationTopic> applications, IEnumerable<InterfaceTopic> interfaces) => new(
        applications.GroupBy(topic => topic.Application).ToImmutableDictionary(
            parts => parts.Key, parts => parts.SelectMany(part => part.Instances).ToImmutableArray()),
        interfaces.GroupBy(topic => topic.Interface).ToImmutableDictionary(
            parts => parts.Key,
            parts => parts
                .SelectMany(part => part.Applications)
                .SelectMany(mapped => mapped.BuildIds.Select(build => (mapped.Application, build)))
                .ToImmutableHashSet()));

    /// <summary>What of it is one writer's own.</summary>
    public KnownState Of(int writer)
    {
        var own = KnownState.Nothing;
        foreach (var instance in Applications.GetValueOrDefault(WriterNames.ApplicationOf(writer), []))
        {
            if (WriterNames.WriterOf(instance.Id) == writer)
                own = own with { Instances = own.Instances.SetItem(instance.Id, instance) };
        }

        for (var build = 0; build < WriterNames.BuildsPerWriter; build++)
        {
            var mapped = Mappings.GetValueOrDefault(WriterNames.OwnInterface(writer, build), []);
            own = own with { Builds = own.Builds.Union(mapped.Select(pair => pair.BuildId)) };
        }

        return own;
    }
}
