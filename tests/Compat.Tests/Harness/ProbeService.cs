using Grpc.Core;
using Registry.Compat.Tests.Protos;

namespace Registry.Compat.Tests.Harness;

internal sealed class ProbeService(ProbeHandlers handlers) : Probe.ProbeBase
{
    public override Task<ProbeMessage> Echo(ProbeMessage request, ServerCallContext context) => handlers.Echo(request, context);

    public override Task<ProbeMessage> Collect(IAsyncStreamReader<ProbeMessage> requestStream, ServerCallContext context) =>
        handlers.Collect(requestStream, context);

    public override Task Expand(ProbeMessage request, IServerStreamWriter<ProbeMessage> responseStream, ServerCallContext context) =>
        handlers.Expand(request, responseStream, context);

    public override Task Chat(
        IAsyncStreamReader<ProbeMessage> requestStream, IServerStreamWriter<ProbeMessage> responseStream, ServerCallContext context) =>
        handlers.Chat(requestStream, responseStream, context);
}
