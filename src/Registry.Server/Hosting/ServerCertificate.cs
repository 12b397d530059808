using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Registry.Server.Hosting;

/// <summary>A certificate with its private key, and the certificates that lead from it to a root.</summary>
internal sealed record ServerCertificate(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <summary>
    /// Reads the certificate that is configured; null if none is. Throws <see cref="CannotStartException"/> with the file's path
    /// if it can't be used.
    /// </summary>
    public static ServerCertificate? Load(TlsOptions tls)
    {
        if (tls.Certificate is null)
            return null;

        var path = Existing(tls.Certificate);
        var key = tls.Key is null ? null : Existing(tls.Key);
        try
        {
            return key is null ? FromPkcs12(path, tls.Password) : FromPem(path, key, tls.Password);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            var files = key is null ? $"{path} (PKCS#12, as no Key is given)" : $"{path} with key {key}";
            throw new CannotStartException($"Registry:Grpc:Tls: can't use {files}: {wrong.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Makes an endpoint present this certificate.</summary>
    public void Apply(HttpsConnectionAdapterOptions https)
    {
        https.ServerCertificate = Certificate;
        https.ServerCertificateChain = Chain;
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;

        // Only HTTP/2 is served. Agreeing to HTTP/1.1 as well lets such a client in as far as the gate that tells it so; it
        // would only see a failed handshake otherwise.
        https.OnAuthenticate = (_, tls) => tls.ApplicationProtocols?.Add(SslApplicationProtocol.Http11);
    }

    private static ServerCertificate FromPem(string path, string keyPath, string? password)
    {
        var certificate = password is null
            ? X509Certificate2.CreateFromPemFile(path, keyPath)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        return new(certificate, chain);
    }

    private static ServerCertificate FromPkcs12(string path, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
        var own = all.FirstOrDefault(candidate => candidate.HasPrivateKey)
            ?? throw new CannotStartException($"Registry:Grpc:Tls: {path} holds no private key");
        return new(own, all);
    }

    // The framework's word for a file that is not there is "an error occurred during a cryptographic operation".
    private static string Existing(string path)
    {
        path = Path.GetFullPath(path);
        return File.Exists(path) ? path : throw new CannotStartException($"Registry:Grpc:Tls: there is no file {path}");
    }
}
