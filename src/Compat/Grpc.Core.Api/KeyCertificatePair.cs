namespace Grpc.Core;

/// <summary>A certificate with its private key, both in PEM. Immutable.</summary>
public sealed class KeyCertificatePair
{
    /// <summary>Joins a certificate with its key. Neither is parsed here.</summary>
    /// <param name="certificateChain">The certificate and the ones above it, in PEM.</param>
    /// <param name="privateKey">The private key in PEM.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public KeyCertificatePair(string certificateChain, string privateKey)
    {
        ArgumentNullException.ThrowIfNull(certificateChain);
        ArgumentNullException.ThrowIfNull(privateKey);
        CertificateChain = certificateChain;
        PrivateKey = privateKey;
    }

    /// <summary>The certificate and the ones above it, in PEM.</summary>
    public string CertificateChain { get; }

    /// <summary>The private key in PEM.</summary>
    public string PrivateKey { get; }
}
