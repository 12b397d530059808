using System.Globalization;
using Grpc.Core;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class DeadlineTests
{
    // Long enough for the request to reach the server on a busy machine before it passes.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1.5);

    [Fact(Timeout = Limits.Test)]
    public async Task Deadline_EndsTheCallOnTheClient()
    {
        await using var server = await ProbeServer.StartAsync(
            new ProbeHandlers { Echo = (_, context) => NeverAsync(context, new Signal()) });
        var options = Limits.Call().WithDeadline(DateTime.UtcNow + Short);
        using var call = server.OpenClient().EchoAsync(new ProbeMessage(), options);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
        Assert.True(DateTime.UtcNow >= options.Deadline);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Deadline_ExpiresOnTheServerToo()
    {
        var cancelled = new Signal();
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers { Echo = (_, context) => NeverAsync(context, cancelled) });
        // No gRPC client is involved that could cancel the call: the server's own clock has to end it.
        var timeout = ((int)Short.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) + "m";
        var response = await RawCall.SendAsync(
            server.Address, "/compat.test.v1.Probe/Echo", new ProbeMessage(), ("grpc-timeout", timeout));
        await cancelled.WaitAsync();
        Assert.Equal("4", response["grpc-status"]);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Deadline_IsKnownToTheHandler()
    {
        var seen = DateTime.MinValue;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = context.Deadline;
                return Task.FromResult(request);
            },
        });
        var deadline = DateTime.UtcNow + Limits.Wait;
        await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call().WithDeadline(deadline));
        // The wire carries the time that is left, so what the server computes from it lies later by the time on the way.
        Assert.InRange(seen, deadline.AddSeconds(-1), deadline + Limits.Wait);
        Assert.Equal(DateTimeKind.Utc, seen.Kind);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task WithoutADeadline_TheHandlerSeesTheEndOfTime()
    {
        DateTime? seen = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = context.Deadline;
                return Task.FromResult(request);
            },
        });
        await server.OpenClient().EchoAsync(new ProbeMessage(), new CallOptions(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(DateTime.MaxValue, seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ADeadlineInThePast_FailsWithoutReachingTheServer()
    {
        var reached = false;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, _) =>
            {
                reached = true;
                return Task.FromResult(request);
            },
        });
        var client = server.OpenClient();
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await client.EchoAsync(new ProbeMessage(), Limits.Call().WithDeadline(DateTime.UtcNow.AddSeconds(-1))));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.False(reached);
    }

    private static async Task<ProbeMessage> NeverAsync(ServerCallContext context, Signal cancelled)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new ProbeMessage();
        }
        finally
        {
            cancelled.Set();
        }
    }
}
