using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Server.Errors;
using static Registry.Server.Registration.RequestReader;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Registration;

/// <summary>
/// registry.v1.Registration: reads requests, has the registry carry them out, writes answers. What is promised stands in the proto.
/// </summary>
internal sealed class RegistrationService(ServiceRegistry registry, IHostApplicationLifetime lifetime) : Wire.Registration.RegistrationBase
{
    // There is no authentication yet: everybody is the one anonymous owner.
    private const string Owner = "";
    private const int MaxLeasesPerMessage = 10_000;

    public override async Task<Wire.GrantLeaseResponse> GrantLease(Wire.GrantLeaseRequest request, ServerCallContext context)
    {
        var grant = await registry.GrantLeaseAsync(ReadTtl(request.TtlMillis), Owner, context.CancellationToken);
        if (grant.Refusal is { } refusal)
            throw refusal.ToRpcException();
        return new Wire.GrantLeaseResponse { LeaseId = Write(grant.Id), TtlMillis = (long)grant.Ttl.TotalMilliseconds };
    }

    public override Task<Wire.RenewLeaseResponse> RenewLease(Wire.RenewLeaseRequest request, ServerCallContext context)
    {
        var renewal = registry.RenewLease(ReadLeaseId(request.LeaseId), Owner);
        if (renewal.Refusal is { } refusal)
            throw refusal.ToRpcException();
        var response = new Wire.RenewLeaseResponse { TtlMillis = (long)renewal.Ttl.TotalMilliseconds };
        Write(renewal.Lost, response.Lost);
        return Task.FromResult(response);
    }

    public override async Task RenewLeases(
        IAsyncStreamReader<Wire.RenewLeasesRequest> requestStream, IServerStreamWriter<Wire.RenewLeasesResponse> responseStream, ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            while (await requestStream.MoveNext(ending.Token))
                await responseStream.WriteAsync(Renew(requestStream.Current), ending.Token);
        }
        catch (Exception ended) when (lifetime.ApplicationStopping.IsCancellationRequested && ended is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            throw new RegistryError(ErrorKind.Unavailable, ErrorReasons.ShuttingDown, "the server is going away; go on with another").ToRpcException();
        }
    }

    public override async Task<Wire.RevokeLeaseResponse> RevokeLease(Wire.RevokeLeaseRequest request, ServerCallContext context)
    {
        var revocation = await registry.RevokeLeaseAsync(ReadLeaseId(request.LeaseId), Owner, context.CancellationToken);
        if (revocation.Refusal is { } refusal)
            throw refusal.ToRpcException();
        return new Wire.RevokeLeaseResponse { Revision = revocation.Revision, RemovedInstances = (uint)revocation.Removed };
    }

    public override async Task<Wire.RegisterResponse> Register(Wire.RegisterRequest request, ServerCallContext context)
    {
        var outcome = await ExecuteAsync(ReadRegister(request, Owner), context);
        var response = new Wire.RegisterResponse { Revision = outcome.Revision, Epoch = registry.Epoch };
        foreach (var spec in request.Instances)
        {
            // What stands right after the command; a later command may have removed it, which this answer does not speak of.
            if (!outcome.Application!.TryGetInstance(spec.Id, out var instance))
                throw new InvalidOperationException($"{spec.Id} was registered and is not in the outcome");
            response.Instances.Add(new Wire.RegisteredInstance
            {
                Id = instance.Id,
                Incarnation = instance.Incarnation,
                BuildId = instance.Declaration.BuildId,
            });
        }

        return response;
    }

    public override async Task<Wire.UpdateResponse> Update(Wire.UpdateRequest request, ServerCallContext context)
    {
        var outcome = await ExecuteAsync(
            new UpdateCommand(
                ReadName(request.Namespace, request.Application),
                Owner,
                [.. request.Instances.Select((patch, i) => ReadPatch(patch, $"instances[{i}]"))]),
            context);
        return new Wire.UpdateResponse { Revision = outcome.Revision };
    }

    public override async Task<Wire.DeregisterResponse> Deregister(Wire.DeregisterRequest request, ServerCallContext context)
    {
        var outcome = await ExecuteAsync(
            new DeregisterCommand(
                ReadName(request.Namespace, request.Application),
                Owner,
                [.. request.Instances.Select(i => new InstanceRef(i.Id, i.Incarnation))],
                request.LeaseId.IsEmpty ? null : ReadLeaseId(request.LeaseId)),
            context);
        return new Wire.DeregisterResponse { Revision = outcome.Revision, Removed = (uint)outcome.Removed };
    }

    public override async Task<Wire.DeclareBuildsResponse> DeclareBuilds(Wire.DeclareBuildsRequest request, ServerCallContext context)
    {
        var command = new DeclareBuildsCommand(ReadName(request.Namespace, request.Application), Owner, ReadBuilds(request.Builds));
        var outcome = await ExecuteAsync(command, context);
        return new Wire.DeclareBuildsResponse { Revision = outcome.Revision, BuildIds = { command.BuildIds } };
    }

    public override async Task<Wire.WithdrawBuildsResponse> WithdrawBuilds(Wire.WithdrawBuildsRequest request, ServerCallContext context)
    {
        var outcome = await ExecuteAsync(
            new WithdrawBuildsCommand(ReadName(request.Namespace, request.Application), Owner, [.. request.BuildIds]), context);
        return new Wire.WithdrawBuildsResponse { Revision = outcome.Revision };
    }

    private Wire.RenewLeasesResponse Renew(Wire.RenewLeasesRequest request)
    {
        if (request.LeaseIds.Count > MaxLeasesPerMessage)
            throw Invalid("lease_ids", $"has {request.LeaseIds.Count} items; at most {MaxLeasesPerMessage} are allowed");

        var response = new Wire.RenewLeasesResponse { Sequence = request.Sequence };
        foreach (var bytes in request.LeaseIds)
        {
            LeaseRenewal renewal;
            if (!LeaseId.TryRead(bytes.Span, out var id) || (renewal = registry.RenewLease(id, Owner)).Refusal is not null)
            {
                response.UnknownLeaseIds.Add(bytes);
                continue;
            }

            response.Renewed++;
            if (renewal.Lost.Count == 0)
                continue;
            var losses = new Wire.LeaseLosses { LeaseId = bytes };
            Write(renewal.Lost, losses.Lost);
            response.Losses.Add(losses);
        }

        return response;
    }

    private async ValueTask<CommandOutcome> ExecuteAsync(Command command, ServerCallContext context)
    {
        CommandOutcome outcome;
        try
        {
            outcome = await registry.ExecuteAsync(command, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new RegistryError(
                ErrorKind.Unavailable, ErrorReasons.OutcomeUnknown, "the caller stopped waiting; whether the change was made is not known: repeat it").ToRpcException();
        }

        return outcome.Refusal is { } refusal ? throw refusal.ToRpcException() : outcome;
    }

    // What is longer than a TimeSpan is longer than any bound, and refused as such.
    private static TimeSpan? ReadTtl(long millis) =>
        millis == 0 ? null : TimeSpan.FromMilliseconds(Math.Clamp(millis, -1, (long)TimeSpan.FromDays(36_500).TotalMilliseconds));

    private static ByteString Write(LeaseId id)
    {
        Span<byte> bytes = stackalloc byte[LeaseId.Length];
        id.Write(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static void Write(IReadOnlyList<LostInstance> lost, RepeatedField<Wire.LostInstance> to)
    {
        foreach (var loss in lost)
        {
            to.Add(new Wire.LostInstance
            {
                Namespace = loss.Application.Namespace,
                Application = loss.Application.Name,
                InstanceId = loss.InstanceId,
                Incarnation = loss.Incarnation,
                Cause = loss.Cause == LossCause.TakenOver ? Wire.LostInstance.Types.Cause.TakenOver : Wire.LostInstance.Types.Cause.Deregistered,
            });
        }
    }
}
