using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class CredentialsTests : IDisposable
{
    private readonly X509Certificate2 _certificate = Certificates.CreateSelfSigned("server");
    private Metadata? _seen;
    private AuthContext? _peer;

    public void Dispose() => _certificate.Dispose();

    [Fact(Timeout = Limits.Test)]
    public async Task CallCredentialsOfTheChannel_GoWithEveryCall()
    {
        await using var server = await StartAsync(_certificate);
        var credentials = ChannelCredentials.Create(ChannelCredentials.SecureSsl, Header("authorization", "Bearer token"));
        var client = OpenSecureClient(server, credentials);
        await client.EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.Equal("Bearer token", _seen?.GetValue("authorization"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task CallCredentialsOfTheCall_ComeOnTop()
    {
        await using var server = await StartAsync(_certificate);
        var client = OpenSecureClient(server, ChannelCredentials.Create(new SslCredentials(), Header("of-channel", "1")));
        await client.EchoAsync(new ProbeMessage(), Limits.Call().WithCredentials(Header("of-call", "2")));
        Assert.Equal("1", _seen?.GetValue("of-channel"));
        Assert.Equal("2", _seen?.GetValue("of-call"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ComposedCallCredentials_ApplyInOrder()
    {
        await using var server = await StartAsync(_certificate);
        var order = new List<string>();
        var composed = CallCredentials.Compose(
            CallCredentials.Compose(Step("one"), Step("two")),
            Step("three"));
        await OpenSecureClient(server, ChannelCredentials.SecureSsl).EchoAsync(new ProbeMessage(), Limits.Call().WithCredentials(composed));
        Assert.Equal(["one", "two", "three"], order);
        Assert.All(order, name => Assert.Equal("yes", _seen?.GetValue(name)));

        CallCredentials Step(string name) => CallCredentials.FromInterceptor((_, metadata) =>
        {
            order.Add(name);
            metadata.Add(name, "yes");
            return Task.CompletedTask;
        });
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnAuthInterceptor_KnowsServiceAndMethod()
    {
        AuthInterceptorContext? seen = null;
        await using var server = await StartAsync(_certificate);
        var credentials = CallCredentials.FromInterceptor((context, _) =>
        {
            seen = context;
            return Task.CompletedTask;
        });
        var client = OpenSecureClient(server, ChannelCredentials.SecureSsl);
        await client.EchoAsync(new ProbeMessage(), Limits.Call().WithCredentials(credentials));
        Assert.NotNull(seen);
        Assert.Equal($"https://{server.Target}/compat.test.v1.Probe", seen.ServiceUrl);
        Assert.Equal("Echo", seen.MethodName);
        Assert.True(seen.CancellationToken.CanBeCanceled);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnAuthInterceptorThatFails_FailsTheCall()
    {
        await using var server = await StartAsync(_certificate);
        var client = OpenSecureClient(server, ChannelCredentials.SecureSsl);
        var credentials = CallCredentials.FromInterceptor((_, _) => throw new InvalidOperationException("no token"));
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await client.EchoAsync(new ProbeMessage(), Limits.Call().WithCredentials(credentials)));
        Assert.Contains("no token", error.Status.DebugException?.ToString(), StringComparison.Ordinal);
        Assert.Null(_seen);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task WithoutEncryption_CallCredentialsStayAtHome()
    {
        await using var server = await StartAsync(null);
        await server.OpenClient().EchoAsync(new ProbeMessage(), Limits.Call().WithCredentials(Header("authorization", "Bearer token")));
        Assert.Null(_seen?.GetValue("authorization"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task WithoutEncryption_ChannelsRefuseCallCredentials()
    {
        await using var server = await StartAsync(null);
        var credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, Header("authorization", "Bearer token"));
        Assert.Throws<InvalidOperationException>(() => server.OpenClient(new GrpcChannelOptions { Credentials = credentials }));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task WithoutEncryption_CallCredentialsGoOutWhenAllowed()
    {
        await using var server = await StartAsync(null);
        var client = server.OpenClient(new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, Header("of-channel", "1")),
            UnsafeUseInsecureChannelCallCredentials = true,
        });
        await client.EchoAsync(new ProbeMessage(), Limits.Call().WithCredentials(Header("of-call", "2")));
        Assert.Equal("1", _seen?.GetValue("of-channel"));
        Assert.Equal("2", _seen?.GetValue("of-call"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AClientCertificate_IdentifiesThePeer()
    {
        using var own = Certificates.CreateSelfSigned("client");
        await using var server = await StartAsync(_certificate, asksForClientCertificate: true);
        var client = server.OpenClient(new GrpcChannelOptions
        {
            HttpHandler = Certificates.HandlerTrusting(_certificate, own),
            DisposeHttpClient = true,
        });
        await client.EchoAsync(new ProbeMessage(), Limits.Call());
        Assert.NotNull(_peer);
        Assert.True(_peer.IsPeerAuthenticated);
        Assert.Equal("client", Assert.Single(_peer.FindPropertiesByName("x509_common_name")).Value);
        Assert.NotEmpty(_peer.PeerIdentity);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnUnknownServer_IsRefused()
    {
        using var other = Certificates.CreateSelfSigned("other");
        await using var server = await StartAsync(_certificate);
        var client = server.OpenClient(
            new GrpcChannelOptions { HttpHandler = Certificates.HandlerTrusting(other), DisposeHttpClient = true });
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.EchoAsync(new ProbeMessage(), Limits.Call()));
        Assert.NotEqual(StatusCode.OK, error.StatusCode);
        Assert.Null(_seen);
    }

    private static CallCredentials Header(string name, string value) => CallCredentials.FromInterceptor((_, metadata) =>
    {
        metadata.Add(name, value);
        return Task.CompletedTask;
    });

    private Probe.ProbeClient OpenSecureClient(ProbeServer server, ChannelCredentials credentials) =>
        server.OpenClient(new GrpcChannelOptions
        {
            Credentials = credentials,
            HttpHandler = Certificates.HandlerTrusting(_certificate),
            DisposeHttpClient = true,
        });

    private Task<ProbeServer> StartAsync(X509Certificate2? certificate, bool asksForClientCertificate = false) =>
        ProbeServer.StartAsync(new ProbeServerOptions
        {
            Certificate = certificate,
            AsksForClientCertificate = asksForClientCertificate,
            Handlers = new ProbeHandlers
            {
                Echo = (request, context) =>
                {
                    _seen = context.RequestHeaders;
                    _peer = context.AuthContext;
                    return Task.FromResult(request);
                },
            },
        });
}
