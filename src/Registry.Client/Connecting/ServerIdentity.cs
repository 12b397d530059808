using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Registry.Client.Connecting;

/// <summary>What a connection shows and what it trusts. Two clients with equal ones may share a connection.</summary>
internal sealed record ServerIdentity(string? CertificateAuthority, string? Certificate, string? Key)
{
    public static ServerIdentity Of(RegistryTlsOptions options) => new(options.CertificateAuthority, options.Certificate, options.Key);

    /// <summary>Reads the files.</summary>
    /// <returns>Null: the machine's defaults.</returns>
    /// <exception cref="RegistryConfigurationException">A file can't be read or holds no certificate; the message names the option.</exception>
    public SslClientAuthenticationOptions? Load()
    {
        if (CertificateAuthority is null && Certificate is null)
        {
            return Key is null ? null : throw new RegistryConfigurationException("Tls.Key", "is set without Tls.Certificate");
        }

        var tls = new SslClientAuthenticationOptions();
        if (CertificateAuthority is not null)
        {
            var authorities = Read("Tls.CertificateAuthority", CertificateAuthority, () =>
            {
                var found = new X509Certificate2Collection();
                found.ImportFromPemFile(CertificateAuthority);
                return found.Count > 0 ? found : throw new CryptographicException("it holds no certificate");
            });
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                // A private authority rarely publishes what it has revoked.
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            tls.CertificateChainPolicy = policy;
        }

        if (Certificate is not null)
        {
            tls.ClientCertificates = [Read("Tls.Certificate", Certificate, () => X509Certificate2.CreateFromPemFile(Certificate, Key))];
        }

        return tls;
    }

    private static T Read<T>(string option, string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new RegistryConfigurationException(option, $"names '{path}', which can't be used: {exception.Message}", exception);
        }
    }
}
