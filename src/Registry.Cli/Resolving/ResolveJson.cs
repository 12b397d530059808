using System.Collections.Immutable;
using System.Text.Json;
using Registry.Cli.Output;
using Registry.Client.Watching;

namespace Registry.Cli.Resolving;

/// <summary>What <c>resolve --output json</c> writes: one document.</summary>
/// <param name="Namespace">Where was looked.</param>
/// <param name="Epoch">The history that the revision belongs to.</param>
/// <param name="Revision">The revision at which all of it stands.</param>
/// <param name="Results">One per name, in the order of the command line.</param>
internal sealed record ResolveJson(string Namespace, string Epoch, long Revision, ImmutableArray<ResolvedJson> Results);

/// <summary>What a name resolved to.</summary>
/// <param name="Kind"><c>interface</c> or <c>application</c>.</param>
/// <param name="Name">The name.</param>
/// <param name="Status"><c>available</c>, <c>noInstance</c> or <c>unknown</c>.</param>
/// <param name="Applications">The applications that serve it, sorted.</param>
/// <param name="Instances">Sorted by application and id.</param>
internal sealed record ResolvedJson(
    string Kind, string Name, string Status, ImmutableArray<string> Applications, ImmutableArray<InstanceJson> Instances)
{
    public static ResolvedJson From(ResolvedTopic topic) => new(
        KindName(topic.Topic.Kind),
        topic.Topic.Name,
        StatusName(topic.Status),
        topic.Applications,
        [.. topic.Instances.Select(instance => InstanceJson.From(instance.Application, instance.Instance))]);

    public static string KindName(TopicKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    public static string StatusName(ResolvedStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
