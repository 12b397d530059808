using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Server.Errors;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Registration;

/// <summary>
/// Turns requests into commands. Fills in what the protos state as the meaning of "not set"; what is out of bounds goes on as it is, for
/// the registry to refuse, unless it has no form there.
/// </summary>
internal static class RequestReader
{
    public static QualifiedName ReadName(string @namespace, string name) =>
        new(@namespace.Length == 0 ? QualifiedName.Default : @namespace, name);

    /// <exception cref="RpcException">INVALID_ARGUMENT: not 16 bytes.</exception>
    public static LeaseId ReadLeaseId(ByteString bytes) =>
        LeaseId.TryRead(bytes.Span, out var id)
            ? id
            : throw Invalid("lease_id", $"has {bytes.Length} bytes; a lease id has {LeaseId.Length}");

    /// <exception cref="RpcException">
    /// INVALID_ARGUMENT: there are more than a command may have. Checked here already, because the id of each is computed when it is read:
    /// a message has room for millions of empty ones.
    /// </exception>
    public static ImmutableArray<BuildDeclaration> ReadBuilds(RepeatedField<Wire.Build> builds) => builds.Count > Command.MaxBuilds
        ? throw Invalid("builds", $"has {builds.Count} items; at most {Command.MaxBuilds} are allowed")
        : [.. builds.Select(b => new BuildDeclaration(b.Id, [.. b.Interfaces]))];

    /// <exception cref="RpcException">INVALID_ARGUMENT: not exactly one of lease and holder, or something has no form.</exception>
    public static RegisterCommand ReadRegister(Wire.RegisterRequest request, string owner)
    {
        var name = ReadName(request.Namespace, request.Application);
        if (request.Holder.Length == 0)
        {
            var lease = request.LeaseId.IsEmpty
                ? throw Invalid("lease_id", "is empty, and so is holder; one of the two says what keeps the instances")
                : ReadLeaseId(request.LeaseId);
            return new RegisterCommand(name, owner, lease, ReadInstances(request), ReadBuilds(request.Builds));
        }

        return request.LeaseId.IsEmpty
            ? new RegisterCommand(name, owner, request.Holder, ReadInstances(request), ReadBuilds(request.Builds))
            : throw Invalid("holder", "is set, and so is lease_id; only one of the two can keep the instances");
    }

    private static ImmutableArray<InstanceDeclaration> ReadInstances(Wire.RegisterRequest request) =>
        [.. request.Instances.Select((spec, i) => ReadInstance(spec, $"instances[{i}]"))];

    public static InstanceDeclaration ReadInstance(Wire.InstanceSpec spec, string field) => new()
    {
        Id = spec.Id,
        Endpoints = ReadEndpoints(spec.Endpoints),
        Zone = spec.Zone,
        Weight = spec.HasWeight ? Clamp(spec.Weight) : InstanceDeclaration.DefaultWeight,
        Metadata = InstanceDeclaration.SortMetadata(spec.Metadata),
        State = ReadState(spec.State, $"{field}.state") ?? DeclaredState.Up,
        BuildId = spec.BuildId,
    };

    public static InstancePatch ReadPatch(Wire.InstancePatch patch, string field) => new()
    {
        Instance = new InstanceRef(patch.Id, patch.Incarnation),
        State = ReadState(patch.State, $"{field}.state"),
        Weight = patch.HasWeight ? Clamp(patch.Weight) : null,
        Zone = patch.HasZone ? patch.Zone : null,
        BuildId = patch.HasBuildId ? patch.BuildId : null,
        Endpoints = ReadEndpoints(patch.Endpoints),
        SetMetadata = [.. patch.SetMetadata],
        RemoveMetadata = [.. patch.RemoveMetadata],
    };

    private static ImmutableArray<EndpointAddress> ReadEndpoints(RepeatedField<Wire.Endpoint> endpoints) =>
        [.. endpoints.Select(e => new EndpointAddress(e.Protocol, e.Host, Clamp(e.Port)))];

    private static DeclaredState? ReadState(Wire.InstanceState state, string field) => state switch
    {
        Wire.InstanceState.Unspecified => null,
        Wire.InstanceState.Up => DeclaredState.Up,
        Wire.InstanceState.Draining => DeclaredState.Draining,
        Wire.InstanceState.Down => DeclaredState.Down,
        Wire.InstanceState.Suspect => throw Invalid(field, "SUSPECT is what the registry finds; UP, DRAINING and DOWN can be declared"),
        _ => throw Invalid(field, $"{(int)state} is not a state; UP, DRAINING and DOWN can be declared"),
    };

    // Numbers beyond an int are out of bounds either way; what is refused then is at least recognisable.
    private static int Clamp(uint value) => (int)Math.Min(value, int.MaxValue);

    public static RpcException Invalid(string field, string message) =>
        new RegistryError(ErrorKind.InvalidArgument, ErrorReasons.InvalidField, $"{field}: {message}", field).ToRpcException();
}
