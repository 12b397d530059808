using Grpc.Core;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class ErrorTests
{
    public static TheoryData<StatusCode> Errors => [.. Enum.GetValues<StatusCode>().Where(code => code != StatusCode.OK)];

    [Theory(Timeout = Limits.Test)]
    [MemberData(nameof(Errors))]
    public async Task AThrownStatus_ReachesTheClient(StatusCode code)
    {
        var error = await CallAsync((_, _) => throw new RpcException(new Status(code, "what went wrong")));
        Assert.Equal(code, error.StatusCode);
        Assert.Equal("what went wrong", error.Status.Detail);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ThrownTrailers_ReachTheClient()
    {
        var trailers = new Metadata { { "reason", "full" }, { "reason-bin", [0, 255] } };
        var error = await CallAsync((_, _) => throw new RpcException(new Status(StatusCode.Aborted, ""), trailers));
        Assert.Equal("full", error.Trailers.GetValue("reason"));
        Assert.Equal([0, 255], error.Trailers.GetValueBytes("reason-bin"));
    }

    [Theory(Timeout = Limits.Test)]
    [InlineData("100 % sure")]
    [InlineData("façade – ünïcode 漢字")]
    [InlineData("line\nbreak\tand tab")]
    [InlineData("")]
    public async Task AStatusText_ReachesTheClientAsItIs(string text)
    {
        var error = await CallAsync((_, _) => throw new RpcException(new Status(StatusCode.Internal, text)));
        Assert.Equal(text, error.Status.Detail);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnOrdinaryException_IsUnknownAndKeepsItsMessageToItself()
    {
        var error = await CallAsync((_, _) => throw new InvalidOperationException("secret"));
        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AStatusThatIsSet_EndsTheCallWithIt()
    {
        var error = await CallAsync((_, context) =>
        {
            context.Status = new Status(StatusCode.FailedPrecondition, "not ready");
            context.ResponseTrailers.Add("hint", "wait");
            return Task.FromResult(new ProbeMessage());
        });
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("not ready", error.Status.Detail);
        Assert.Equal("wait", error.Trailers.GetValue("hint"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnErrorAfterResponses_ComesAfterThem()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Expand = async (request, responses, _) =>
            {
                await responses.WriteAsync(request);
                throw new RpcException(new Status(StatusCode.DataLoss, "and then it broke"));
            },
        });
        using var call = server.OpenClient().Expand(new ProbeMessage { Text = "first" }, Limits.Call());
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal("first", call.ResponseStream.Current.Text);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.Equal(StatusCode.DataLoss, call.GetStatus().StatusCode);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnErrorDuringAClientStream_ReachesTheClient()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Collect = (_, _) => throw new RpcException(new Status(StatusCode.ResourceExhausted, "enough")),
        });
        using var call = server.OpenClient().Collect(Limits.Call());
        var error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    private static async Task<RpcException> CallAsync(UnaryServerMethod<ProbeMessage, ProbeMessage> handler)
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers { Echo = handler });
        var client = server.OpenClient();
        return await Assert.ThrowsAsync<RpcException>(async () => await client.EchoAsync(new ProbeMessage(), Limits.Call()));
    }
}
