namespace Grpc.Core;

/// <summary>
/// TLS. Which of the settings a client supports is its own choice: the one for .NET takes its certificates from the HTTP handler and
/// refuses settings given here. Immutable.
/// </summary>
public sealed class SslCredentials : ChannelCredentials
{
    private readonly VerifyPeerCallback? _verifyPeerCallback;

    /// <summary>TLS with the roots that the machine trusts.</summary>
    public SslCredentials()
        : this(null, null, null)
    {
    }

    /// <summary>TLS with roots of one's own.</summary>
    /// <param name="rootCertificates">Trusted roots in PEM; <see langword="null"/> for those of the machine.</param>
    public SslCredentials(string? rootCertificates)
        : this(rootCertificates, null, null)
    {
    }

    /// <summary>TLS in which the client shows a certificate.</summary>
    /// <param name="rootCertificates">Trusted roots in PEM; <see langword="null"/> for those of the machine.</param>
    /// <param name="keyCertificatePair">The client's own certificate; <see langword="null"/> for none.</param>
    public SslCredentials(string? rootCertificates, KeyCertificatePair? keyCertificatePair)
        : this(rootCertificates, keyCertificatePair, null)
    {
    }

    /// <summary>TLS in which the client shows a certificate and checks the server's in a way of its own.</summary>
    /// <param name="rootCertificates">Trusted roots in PEM; <see langword="null"/> for those of the machine.</param>
    /// <param name="keyCertificatePair">The client's own certificate; <see langword="null"/> for none.</param>
    /// <param name="verifyPeerCallback">Comes after the usual checks; <see langword="null"/> for no additional check.</param>
    public SslCredentials(string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback)
    {
        RootCertificates = rootCertificates;
        KeyCertificatePair = keyCertificatePair;
        _verifyPeerCallback = verifyPeerCallback;
    }

    /// <summary>Trusted roots in PEM, or <see langword="null"/> for those of the machine.</summary>
    public string? RootCertificates { get; }

    /// <summary>The client's own certificate, or <see langword="null"/>.</summary>
    public KeyCertificatePair? KeyCertificatePair { get; }

    /// <inheritdoc/>
    public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object? state) =>
        configurator.SetSslCredentials(state, RootCertificates, KeyCertificatePair, _verifyPeerCallback);
}
