using Grpc.Core;
using Registry.Protocol.Health.V1;
using Status = Registry.Protocol.Health.V1.HealthCheckResponse.Types.ServingStatus;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Health;

/// <summary>
/// <c>grpc.health.v1.Health</c>. The server serves all of its services or none, so every known name has the same answer.
/// </summary>
internal sealed class HealthService(ServerReadiness readiness) : Protocol.Health.V1.Health.HealthBase
{
    // The empty name is the server as a whole.
    private static readonly HashSet<string> Known =
        ["", Wire.Registration.Descriptor.FullName, Wire.Discovery.Descriptor.FullName, Wire.Operations.Descriptor.FullName];

    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        Known.Contains(request.Service)
            ? Task.FromResult(new HealthCheckResponse { Status = Of(readiness.Current.State) })
            : throw new RpcException(new(StatusCode.NotFound, "unknown service"));

    /// <inheritdoc/>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var known = Known.Contains(request.Service);
        var sent = Status.Unknown;
        for (var stage = readiness.Current; ; stage = await stage.Replaced.WaitAsync(context.CancellationToken))
        {
            var status = known ? Of(stage.State) : Status.ServiceUnknown;
            if (status != sent)
            {
                await responseStream.WriteAsync(new() { Status = status }, context.CancellationToken);
                sent = status;
            }

            // Nothing follows, and a stream that stays open would hold up the end of the host.
            if (stage.State == ServerState.ShuttingDown)
                return;
        }
    }

    private static Status Of(ServerState state) => state == ServerState.Ready ? Status.Serving : Status.NotServing;
}
