using Grpc.Core;
using Registry.Protocol.Health.V1;
using Status = Registry.Protocol.Health.V1.HealthCheckResponse.Types.ServingStatus;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Health;

/// <summary>
/// <c>grpc.health.v1.Health</c>. The server serves all of its services or none, so every known name has the same answer.
/// </summary>
internal sealed class HealthService(ServerReadiness readiness, TimeProvider time) : Protocol.Health.V1.Health.HealthBase
{
    // How long the last message of a watch may take when the server stops. The client's flow-control window may be closed by
    // another stream of its connection, and then it never arrives.
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(1);

    // The empty name is the server as a whole.
    private static readonly HashSet<string> Known =
        ["", Wire.Registration.Descriptor.FullName, Wire.Discovery.Descriptor.FullName];

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
            var last = stage.State == ServerState.ShuttingDown;
            var status = known ? Of(stage.State) : Status.ServiceUnknown;
            if (status != sent)
            {
                var write = responseStream.WriteAsync(new() { Status = status }, context.CancellationToken);
                if (last)
                    await FarewellAsync(write, context);
                else
                    await write;
                sent = status;
            }

            if (last)
                return;
        }
    }

    private async Task FarewellAsync(Task write, ServerCallContext context)
    {
        try
        {
            await write.WaitAsync(FarewellPatience, time, context.CancellationToken);
        }
        catch (TimeoutException)
        {
            // The host would wait for this call until its own timeout.
            context.GetHttpContext().Abort();
        }
    }

    private static Status Of(ServerState state) => state == ServerState.Ready ? Status.Serving : Status.NotServing;
}
