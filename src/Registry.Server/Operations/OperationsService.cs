using System.Globalization;
using Grpc.Core;
using Registry.Core;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Server.Discovery;
using Registry.Server.Errors;
using Registry.Server.Hosting;
using static Registry.Server.Registration.RequestReader;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Operations;

/// <summary>registry.v1.Operations: how the server stands, its leases and its watches. What is promised stands in the proto.</summary>
internal sealed class OperationsService(
    ServiceRegistry registry, ConnectionCounts connections, OpenWatches watches, BackupStreams backups) : Wire.Operations.OperationsBase
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1_000;
    private const int MinIdDigits = 4;

    // Of a lease or a watch; the rest is counted.
    private const int MaxListed = 100;

    // gRPC clients refuse more than 4 MiB by default. A page ends after the item that reaches this.
    private const int PageLength = 1024 * 1024;

    public override Task<Wire.StatusResponse> Status(Wire.StatusRequest request, ServerCallContext context)
    {
        var census = registry.CountAll();
        var counters = registry.WatchCounters;
        return Task.FromResult(new Wire.StatusResponse
        {
            Epoch = registry.Epoch,
            Revision = registry.Revision,
            Version = ServerProcess.Version,
            UptimeMillis = (long)registry.Uptime.TotalMilliseconds,
            Applications = (uint)census.Applications,
            Interfaces = (uint)census.Interfaces,
            Instances = new Wire.InstanceCounts
            {
                Total = (uint)census.Instances,
                Up = (uint)census.Up,
                Draining = (uint)census.Draining,
                Suspect = (uint)census.Suspect,
                Down = (uint)census.Down,
                WithoutLease = (uint)census.Unleased,
            },
            Leases = (uint)registry.LeaseCount,
            Watches = new Wire.WatchCounts
            {
                Streams = (uint)counters.Streams,
                Subscriptions = (uint)counters.Subscriptions,
                KeepingUp = (uint)counters.CaughtUp,
                CatchingUp = (uint)counters.CatchingUp,
                Stalled = (uint)counters.Stalled,
            },
            Connections = (uint)Math.Max(0, connections.Now),
            ConnectionsPeak = (uint)connections.Peak,
        });
    }

    public override Task<Wire.ListLeasesResponse> ListLeases(Wire.ListLeasesRequest request, ServerCallContext context)
    {
        var size = ReadPageSize(request.PageSize);
        PublicLeaseId? after = null;
        if (request.PageToken.Length > 0)
        {
            if (request.PageToken.Length != PublicLeaseId.Digits || !PublicLeaseId.TryReadRange(request.PageToken, out var last, out _))
                throw WrongToken();
            after = last;
        }

        var found = registry.ListLeases(ReadApplication(request), after, size);
        var response = new Wire.ListLeasesResponse();
        var length = 0;
        foreach (var lease in found)
        {
            var info = ToWire(lease);
            response.Leases.Add(info);
            length += info.CalculateSize();
            if (length >= PageLength)
                break;
        }

        if (response.Leases.Count == size || response.Leases.Count < found.Count)
            response.NextPageToken = response.Leases[^1].Id;
        return Task.FromResult(response);
    }

    public override async Task<Wire.RevokeLeaseOfResponse> RevokeLeaseOf(Wire.RevokeLeaseOfRequest request, ServerCallContext context)
    {
        if (request.Id.Length < MinIdDigits)
            throw Invalid("id", $"has {request.Id.Length} characters; at least {MinIdDigits} are needed");
        var (revocation, id) = await registry.RevokeLeaseOfAsync(request.Id, context.CancellationToken);
        if (revocation.Refusal is { } refusal)
            throw refusal.ToRpcException();
        return new Wire.RevokeLeaseOfResponse { Id = id.ToString(), Revision = revocation.Revision, RemovedInstances = (uint)revocation.Removed };
    }

    public override async Task<Wire.ListSubscriptionsResponse> ListSubscriptions(Wire.ListSubscriptionsRequest request, ServerCallContext context)
    {
        var size = ReadPageSize(request.PageSize);
        long after = 0;
        if (request.PageToken.Length > 0 && !long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            throw WrongToken();

        var response = new Wire.ListSubscriptionsResponse();
        var seen = 0;
        var length = 0;
        var last = after;
        foreach (var watch in watches.After(after, size))
        {
            // One stream per question, and one question at a time: the pump has its turn with all others in between.
            seen++;
            last = watch.Id;
            if (await watch.Stream.DescribeAsync(MaxListed, context.CancellationToken) is not { } description)
                continue;
            var info = ToWire(watch, description);
            response.Streams.Add(info);
            length += info.CalculateSize();
            if (length >= PageLength)
                break;
        }

        if (seen == size || length >= PageLength)
            response.NextPageToken = last.ToString(CultureInfo.InvariantCulture);
        return response;
    }

    public override Task Backup(Wire.BackupRequest request, IServerStreamWriter<Wire.BackupResponse> responseStream, ServerCallContext context) =>
        backups.SendAsync(responseStream, context);

    private static QualifiedName? ReadApplication(Wire.ListLeasesRequest request)
    {
        if (request.Application.Length == 0)
            return null;
        var name = ReadName(request.Namespace, request.Application);
        return NameRules.CheckTopic(Topic.OfApplication(name), "namespace", "application") is { } bad ? throw bad.ToRpcException() : name;
    }

    private static int ReadPageSize(uint size) => size switch
    {
        0 => DefaultPageSize,
        <= MaxPageSize => (int)size,
        _ => throw Invalid("page_size", $"is {size}; 1 to {MaxPageSize} is allowed"),
    };

    private static RpcException WrongToken() => Invalid("page_token", "is not the token of a page");

    private static Wire.LeaseInfo ToWire(LeaseDescription lease)
    {
        var info = new Wire.LeaseInfo
        {
            Id = lease.Id.ToString(),
            TtlMillis = (long)lease.Ttl.TotalMilliseconds,
            RemainingMillis = (long)lease.Remaining.TotalMilliseconds,
            State = lease.IsOverdue ? Wire.LeaseInfo.Types.State.Overdue : Wire.LeaseInfo.Types.State.Active,
            InstanceCount = (uint)lease.Held.Length,
        };
        foreach (var (application, id) in lease.Held.Take(MaxListed))
            info.Instances.Add(new Wire.HeldInstance { Namespace = application.Namespace, Application = application.Name, InstanceId = id });
        return info;
    }

    private Wire.WatchInfo ToWire(OpenWatch watch, WatchDescription description)
    {
        var info = new Wire.WatchInfo
        {
            Id = watch.Id,
            Peer = watch.Peer,
            Client = watch.Client,
            ConnectedMillis = (long)watches.AgeOf(watch).TotalMilliseconds,
            State = description.Standing switch
            {
                WatchStanding.CaughtUp => Wire.WatchInfo.Types.State.KeepingUp,
                WatchStanding.CatchingUp => Wire.WatchInfo.Types.State.CatchingUp,
                _ => Wire.WatchInfo.Types.State.Stalled,
            },
            Revision = description.LastSync,
            SubscriptionCount = (uint)description.Subscriptions,
            FollowedTopics = (uint)description.FollowedTopics,
        };
        foreach (var topic in description.Topics)
        {
            info.Topics.Add(topic.Kind == TopicKind.Interface
                ? new Wire.Topic { Namespace = topic.Name.Namespace, Interface = topic.Name.Name }
                : new Wire.Topic { Namespace = topic.Name.Namespace, Application = topic.Name.Name });
        }

        return info;
    }
}
