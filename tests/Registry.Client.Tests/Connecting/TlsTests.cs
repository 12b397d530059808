using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Registry.Client.Resolving;
using Registry.TestKit.Hosting;

namespace Registry.Client.Tests.Connecting;

/// <summary>A registry behind TLS with an authority of its own.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("registry-tls");
    private RegistryHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var root = authority.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=registry", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(root, now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        await File.WriteAllTextAsync(PathOf("ca.pem"), root.ExportCertificatePem());
        await File.WriteAllTextAsync(PathOf("server.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(PathOf("server.key"), key.ExportPkcs8PrivateKeyPem());
        _host = await RegistryHost.StartAsync(new Dictionary<string, string?>
        {
            ["Grpc:Tls:Certificate"] = PathOf("server.pem"),
            ["Grpc:Tls:Key"] = PathOf("server.key"),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task AuthorityThatIsTrusted_LetsTheClientIn()
    {
        await using var client = NewClient(PathOf("ca.pem"));
        Assert.Equal(ServiceStatus.Unknown, (await client.ResolveAsync(client.Application("orders"))).Status);
    }

    [Fact]
    public async Task CertificateOfAnAuthorityThatIsNot_IsRefused_AndSaidSo()
    {
        await using var client = NewClient(null);
        var failure = await Assert.ThrowsAsync<RegistryUnavailableException>(async () => await client.ResolveAsync(client.Application("orders")));
        Assert.Contains("certificate", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(RegistryConnectionState.Connecting, client.Connection.State);
        Assert.Contains("certificate", client.Connection.Fault!, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void FileThatHoldsNoCertificate_IsRefusedWhenTheClientIsMade()
    {
        File.WriteAllText(PathOf("empty.pem"), "nothing");
        var failure = Assert.Throws<RegistryConfigurationException>(() => NewClient(PathOf("empty.pem")));
        Assert.Equal("Tls.CertificateAuthority", failure.Option);
    }

    private string PathOf(string file) => Path.Combine(_directory.FullName, file);

    private RegistryClient NewClient(string? authority)
    {
        var options = new RegistryClientOptions { Addresses = { _host.GrpcAddress.ToString() }, CallTimeout = TimeSpan.FromSeconds(5) };
        options.Tls.CertificateAuthority = authority;
        return new RegistryClient(options);
    }
}
