using Grpc.Core;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class CancellationTests
{
    private readonly Signal _started = new();
    private readonly Signal _cancelled = new();

    [Fact(Timeout = Limits.Test)]
    public async Task CancellingAUnaryCall_IsSeenByTheServer()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = async (request, context) =>
            {
                await UntilCancelledAsync(context);
                return request;
            },
        });
        using var cancel = new CancellationTokenSource();
        using var call = server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call().WithCancellationToken(cancel.Token));
        await _started.WaitAsync();
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await _cancelled.WaitAsync();
    }

    [Fact(Timeout = Limits.Test)]
    public async Task DisposingAServerStream_IsSeenByTheServer()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Expand = async (request, responses, context) =>
            {
                await responses.WriteAsync(request);
                await UntilCancelledAsync(context);
            },
        });
        using (var call = server.OpenClient().Expand(new ProbeMessage { Text = "first" }, Limits.Call()))
        {
            Assert.True(await call.ResponseStream.MoveNext());
            await _started.WaitAsync();
        }

        await _cancelled.WaitAsync();
    }

    [Fact(Timeout = Limits.Test)]
    public async Task DisposingADuplexCall_IsSeenByTheServer()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers { Chat = (_, _, context) => UntilCancelledAsync(context) });
        using (var call = server.OpenClient().Chat(Limits.Call()))
        {
            await call.RequestStream.WriteAsync(new ProbeMessage());
            await _started.WaitAsync();
        }

        await _cancelled.WaitAsync();
    }

    [Fact(Timeout = Limits.Test)]
    public async Task CancellingARead_EndsTheCall()
    {
        await using var server = await ProbeServer.StartAsync(
            new ProbeHandlers { Expand = (_, _, context) => UntilCancelledAsync(context) });
        using var cancel = new CancellationTokenSource();
        using var call = server.OpenClient().Expand(new ProbeMessage(), Limits.Call());
        var read = call.ResponseStream.MoveNext(cancel.Token);
        await _started.WaitAsync();
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => read);
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await _cancelled.WaitAsync();
    }

    [Fact(Timeout = Limits.Test)]
    public async Task CancellingAWrite_EndsTheCall()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers { Chat = (_, _, context) => UntilCancelledAsync(context) });
        using var cancel = new CancellationTokenSource();
        using var call = server.OpenClient().Chat(Limits.Call());
        await call.RequestStream.WriteAsync(new ProbeMessage());
        await _started.WaitAsync();
        await cancel.CancelAsync();
        // A token that is cancelled already must not let the message through.
        await Assert.ThrowsAnyAsync<Exception>(() => call.RequestStream.WriteAsync(new ProbeMessage(), cancel.Token));
        await _cancelled.WaitAsync();
    }

    [Fact(Timeout = Limits.Test)]
    public async Task CancellingAHandlersRead_LeavesTheHandlerInCharge()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Chat = async (requests, responses, _) =>
            {
                using var cancel = new CancellationTokenSource();
                var read = requests.MoveNext(cancel.Token);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
                await responses.WriteAsync(new ProbeMessage { Text = "still here" });
            },
        });
        using var call = server.OpenClient().Chat(Limits.Call());
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal("still here", call.ResponseStream.Current.Text);
    }

    private async Task UntilCancelledAsync(ServerCallContext context)
    {
        _started.Set();
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        finally
        {
            _cancelled.Set();
        }
    }
}
