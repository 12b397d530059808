using Grpc.Core;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class MetadataOnTheWireTests
{
    private static readonly byte[] EveryByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    [Fact(Timeout = Limits.Test)]
    public async Task RequestHeaders_ReachTheHandler()
    {
        Metadata? seen = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = context.RequestHeaders;
                return Task.FromResult(request);
            },
        });
        var headers = new Metadata { { "Trace-Id", "abc" }, { "tag", "one" }, { "tag", "two" } };
        headers.Add("raw-bin", EveryByte);
        headers.Add("none-bin", []);
        await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call(headers));
        Assert.NotNull(seen);
        Assert.Equal("abc", seen.GetValue("trace-id"));
        // HTTP lets whoever is on the way join values of one name with a comma.
        Assert.Equal(["one", "two"], seen.GetAll("tag").SelectMany(entry => entry.Value.Split(',', StringSplitOptions.TrimEntries)));
        Assert.Equal(EveryByte, seen.GetValueBytes("raw-bin"));
        Assert.Empty(seen.GetValueBytes("none-bin")!);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ResponseHeaders_ArriveBeforeTheFirstMessage()
    {
        var headersSeen = new Signal();
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Expand = async (request, responses, context) =>
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "version", "7" }, { "raw-bin", EveryByte } });
                await headersSeen.WaitAsync();
                await responses.WriteAsync(request);
            },
        });
        using var call = server.OpenClient().Expand(new ProbeMessage { Text = "body" }, Limits.Call());
        var headers = await call.ResponseHeadersAsync;
        Assert.Equal("7", headers.GetValue("version"));
        Assert.Equal(EveryByte, headers.GetValueBytes("raw-bin"));
        headersSeen.Set();
        Assert.True(await call.ResponseStream.MoveNext());
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ResponseHeaders_CannotBeSentTwice()
    {
        Exception? second = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = async (request, context) =>
            {
                await context.WriteResponseHeadersAsync([]);
                second = await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync([]));
                return request;
            },
        });
        await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.IsType<InvalidOperationException>(second);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Trailers_ComeWithSuccess()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                context.ResponseTrailers.Add("count", "3");
                context.ResponseTrailers.Add("raw-bin", EveryByte);
                return Task.FromResult(request);
            },
        });
        using var call = server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call());
        await call;
        Assert.Equal("3", call.GetTrailers().GetValue("count"));
        Assert.Equal(EveryByte, call.GetTrailers().GetValueBytes("raw-bin"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Trailers_ComeAfterAStream()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Chat = (_, _, context) =>
            {
                context.ResponseTrailers.Add("count", "0");
                return Task.CompletedTask;
            },
        });
        using var call = server.OpenClient().Chat(Limits.Call());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal("0", call.GetTrailers().GetValue("count"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task TheHandler_KnowsMethodHostAndPeer()
    {
        (string Method, string Host, string Peer) seen = default;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = (context.Method, context.Host, context.Peer);
                return Task.FromResult(request);
            },
        });
        await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.Equal("/compat.test.v1.Probe/Echo", seen.Method);
        Assert.Equal(server.Target, seen.Host);
        Assert.StartsWith("ipv4:127.0.0.1:", seen.Peer, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task WithoutAClientCertificate_ThePeerIsNotAuthenticated()
    {
        AuthContext? seen = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = context.AuthContext;
                return Task.FromResult(request);
            },
        });
        await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.NotNull(seen);
        Assert.False(seen.IsPeerAuthenticated);
        Assert.Empty(seen.PeerIdentity);
    }
}
