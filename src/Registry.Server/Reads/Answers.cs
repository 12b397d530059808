using Registry.Core.Instances;

namespace Registry.Server.Reads;

// The JSON that scripts read: names in camelCase, never renamed.
internal sealed record InterfaceAnswer(string Namespace, string Interface, string Epoch, long Revision, IReadOnlyList<MappedAnswer> Applications);

internal sealed record MappedAnswer(string Application, IReadOnlyList<string> Builds, IReadOnlyList<InstanceAnswer> Instances);

internal sealed record ApplicationAnswer(string Namespace, string Application, string Epoch, long Revision, IReadOnlyList<InstanceAnswer> Instances);

internal sealed record InterfacesAnswer(string Namespace, IReadOnlyList<InterfaceItem> Interfaces, string NextPageToken);

internal sealed record InterfaceItem(string Name, int Applications, long Revision);

internal sealed record ApplicationsAnswer(string Namespace, IReadOnlyList<ApplicationItem> Applications, string NextPageToken);

internal sealed record ApplicationItem(string Name, int Instances, int Up, int Builds, long Revision);

internal sealed record EndpointAnswer(string Protocol, string Host, int Port);

internal sealed record ErrorAnswer(ErrorDetail Error);

internal sealed record ErrorDetail(string Status, string Reason, string Message, string? Field);

internal sealed record StatusAnswer(
    string Epoch,
    long Revision,
    int Instances,
    LeaseStatus Leases,
    WatchStatus Watches,
    ConnectionStatus Connections,
    MemoryStatus Memory);

internal sealed record ConnectionStatus(long Now, long Peak, long Total);

/// <summary>In bytes.</summary>
internal sealed record MemoryStatus(long WorkingSet, long ManagedHeap, long HeapAfterLastCollection);

internal sealed record LeaseStatus(int Active, long Granted, long Renewed, long Expired, long ExpiredAfterProtection, long Protected);

internal sealed record WatchStatus(
    long Streams,
    long Subscriptions,
    long CaughtUp,
    long CatchingUp,
    long Stalled,
    long Batches,
    long Bookmarks,
    long Snapshots,
    long Deltas,
    long UnchangedOnResume,
    long StalledResets,
    long Encodings);

/// <summary>Of an instance that hangs on a lease, the holder is empty.</summary>
internal sealed record InstanceAnswer(
    string Id,
    IReadOnlyList<EndpointAnswer> Endpoints,
    string Zone,
    int Weight,
    IReadOnlyDictionary<string, string> Metadata,
    string State,
    string BuildId,
    long Incarnation,
    long Revision,
    string Holder)
{
    public static InstanceAnswer Of(Instance instance) => new(
        instance.Id,
        [.. instance.Declaration.Endpoints.Select(e => new EndpointAnswer(e.Protocol, e.Host, e.Port))],
        instance.Declaration.Zone,
        instance.Declaration.Weight,
        instance.Declaration.Metadata.ToDictionary(StringComparer.Ordinal),
        instance.State switch
        {
            InstanceState.Up => "UP",
            InstanceState.Draining => "DRAINING",
            InstanceState.Suspect => "SUSPECT",
            _ => "DOWN",
        },
        instance.Declaration.BuildId,
        instance.Incarnation,
        instance.Revision,
        instance.Holder);
}
