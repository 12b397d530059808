using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Cli.Output;

/// <summary>An endpoint in JSON.</summary>
internal sealed record EndpointJson(string Protocol, string Host, uint Port);

/// <summary>An instance in JSON, the same in every command. The holder is empty if the instance hangs on a lease.</summary>
internal sealed record InstanceJson(
    string Application,
    string Id,
    string State,
    string Zone,
    uint Weight,
    string BuildId,
    long Incarnation,
    long Revision,
    ImmutableArray<EndpointJson> Endpoints,
    SortedDictionary<string, string> Metadata,
    string Holder)
{
    public static InstanceJson From(string application, Instance instance) => new(
        application,
        instance.Id,
        StateName.Of(instance.State),
        instance.Zone,
        instance.Weight,
        instance.BuildId,
        instance.Incarnation,
        instance.Revision,
        [.. instance.Endpoints.Select(endpoint => new EndpointJson(endpoint.Protocol, endpoint.Host, endpoint.Port))],
        new SortedDictionary<string, string>(instance.Metadata, StringComparer.Ordinal),
        instance.Holder);
}
