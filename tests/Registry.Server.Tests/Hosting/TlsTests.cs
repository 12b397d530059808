using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.Server.Hosting;
using Registry.Server.Tests.Ports;
using Registry.TestKit.Hosting;
using Xunit;
using HealthClient = Registry.Protocol.Health.V1.Health.HealthClient;

namespace Registry.Server.Tests.Hosting;

/// <summary>With a certificate, the gRPC endpoint speaks TLS and tells who does not.</summary>
public sealed class TlsTests : IDisposable
{
    private const string Password = "correct horse";

    private readonly string _directory = Directory.CreateTempSubdirectory("registry-test-").FullName;
    private readonly X509Certificate2 _certificate;

    public TlsTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(At("cert.pem"), _certificate.ExportCertificatePem());
        File.WriteAllText(At("key.pem"), key.ExportPkcs8PrivateKeyPem());
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        File.WriteAllText(At("locked.pem"), key.ExportEncryptedPkcs8PrivateKeyPem(Password, encryption));
        File.WriteAllBytes(At("cert.pfx"), _certificate.Export(X509ContentType.Pkcs12, Password));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(At("other.pem"), other.ExportPkcs8PrivateKeyPem());
    }

    [Theory]
    [InlineData("cert.pem", "key.pem", null)]
    [InlineData("cert.pem", "locked.pem", Password)]
    [InlineData("cert.pfx", null, Password)]
    public async Task Certificate_InEitherFormIsServed(string certificate, string? key, string? password)
    {
        await using var host = await StartAsync(certificate, key, password);

        var health = await new HealthClient(host.CreateChannel()).CheckAsync(new());

        Assert.Equal(Protocol.Health.V1.HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.Equal("https", host.GrpcAddress.Scheme);
    }

    [Theory]
    [InlineData("nowhere.pem", "key.pem", null, "nowhere.pem")]
    [InlineData("cert.pem", "nowhere.pem", null, "nowhere.pem")]
    [InlineData("cert.pem", "other.pem", null, "cert.pem")]
    [InlineData("cert.pem", "locked.pem", "wrong", "locked.pem")]
    [InlineData("cert.pem", "locked.pem", null, "locked.pem")]
    [InlineData("cert.pem", null, null, "PKCS#12")]
    [InlineData("key.pem", "key.pem", null, "key.pem")]
    [InlineData("cert.pfx", null, "wrong", "cert.pfx")]
    [InlineData("cert.pfx", "key.pem", null, "cert.pfx")]
    public async Task CertificateThatCannotBeUsed_IsNamedInOneLine(string certificate, string? key, string? password, string named)
    {
        var error = await Assert.ThrowsAsync<CannotStartException>(() => StartAsync(certificate, key, password));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task CertificateThatCannotBeUsed_IsOneLineAndExitCode1()
    {
        await using var run = await RegistryProcess.RunAsync(["--set", $"Grpc:Tls:Certificate={At("nowhere.pem")}"]);

        Assert.Equal(1, await run.ExitAsync());
        Assert.Contains(At("nowhere.pem"), Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_TrustsTheConfiguredCertificateAndNoOther()
    {
        string[] tls = ["--set", $"Grpc:Tls:Certificate={At("cert.pem")}", "--set", $"Grpc:Tls:Key={At("key.pem")}"];
        await using var server = await RegistryProcess.StartAsync(tls);
        var address = server.GrpcAddress.Authority;

        await using var knowing = await RegistryProcess.RunAsync(["healthcheck", "--timeout", "30", "--grpc", address, .. tls]);
        await using var strange = await RegistryProcess.RunAsync(["healthcheck", "--grpc", $"https://{address}"]);

        Assert.Equal(0, await knowing.ExitAsync());
        Assert.Equal(1, await strange.ExitAsync());
        Assert.Single(strange.Output);
    }

    [Fact]
    public async Task CleartextHttp1OnTheTlsPort_SaysWhatIsSpokenHere()
    {
        await using var host = await StartAsync("cert.pem", "key.pem", null);
        using var http = new HttpClient();

        using var response = await http.GetAsync(new UriBuilder(host.GrpcAddress) { Scheme = "http" }.Uri);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains(host.GrpcAddress.GetLeftPart(UriPartial.Authority), text, StringComparison.Ordinal);
        Assert.Contains(host.HttpAddress.GetLeftPart(UriPartial.Authority), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CleartextGrpcOnTheTlsPort_SaysThatTlsIsSpoken()
    {
        await using var host = await StartAsync("cert.pem", "key.pem", null);
        using var channel = GrpcChannel.ForAddress(new UriBuilder(host.GrpcAddress) { Scheme = "http" }.Uri);

        var error = await Assert.ThrowsAsync<RpcException>(() => new HealthClient(channel).CheckAsync(new()).ResponseAsync);

        Assert.Equal($"This port speaks TLS: connect to {host.GrpcAddress.GetLeftPart(UriPartial.Authority)}.", error.Status.Detail);
    }

    [Fact]
    public async Task Http1OverTls_SaysWhichPortIsMeant()
    {
        await using var host = await StartAsync("cert.pem", "key.pem", null);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = IsOurs;
        using var http = new HttpClient(handler);

        using var response = await http.GetAsync(host.GrpcAddress);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains(host.HttpAddress.GetLeftPart(UriPartial.Authority), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TlsHandshakeByteByByte_IsServed()
    {
        await using var host = await StartAsync("cert.pem", "key.pem", null);
        using var tcp = new System.Net.Sockets.TcpClient { NoDelay = true };
        await tcp.ConnectAsync(IPAddress.Loopback, host.GrpcAddress.Port);
        await using var dribble = new DribblingStream(tcp.GetStream());
        await using var tls = new SslStream(dribble);

        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = IsOurs,
        });
        await tls.WriteAsync(RawClient.Http2Preface);
        await tls.WriteAsync(RawClient.EmptySettings);

        var frame = new byte[9];
        await tls.ReadExactlyAsync(frame);
        Assert.Equal(4, frame[3]);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private Task<RegistryHost> StartAsync(string certificate, string? key, string? password) =>
        RegistryHost.StartAsync(new Dictionary<string, string?>
        {
            ["Grpc:Tls:Certificate"] = At(certificate),
            ["Grpc:Tls:Key"] = key is null ? null : At(key),
            ["Grpc:Tls:Password"] = password,
        });

    private bool IsOurs(object sender, X509Certificate? presented, X509Chain? chain, SslPolicyErrors errors) =>
        presented!.GetCertHashString() == _certificate.GetCertHashString();

    private string At(string file) => Path.Combine(_directory, file);

    // Every byte a write of its own.
    private sealed class DribblingStream(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++)
                inner.Write(buffer, offset + i, 1);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++)
                await inner.WriteAsync(buffer.Slice(i, 1), cancellationToken);
        }
    }
}
