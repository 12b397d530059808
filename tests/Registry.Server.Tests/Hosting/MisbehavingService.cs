using Grpc.Core;
using Registry.Server.Tests.Protos;

namespace Registry.Server.Tests.Hosting;

internal sealed class MisbehavingService : Misbehaving.MisbehavingBase
{
    public const string Secret = "the password is swordfish";

    public override Task<Anything> Throw(Anything request, ServerCallContext context) => throw new InvalidOperationException(Secret);

    public override async Task ThrowLate(Anything request, IServerStreamWriter<Anything> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new());
        throw new InvalidOperationException(Secret);
    }

    public override async Task<Anything> Read(IAsyncStreamReader<Anything> requestStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
        }

        return new();
    }

    public override async Task Hang(Anything request, IServerStreamWriter<Anything> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new());
        await new TaskCompletionSource().Task.WaitAsync(context.CancellationToken);
    }
}
