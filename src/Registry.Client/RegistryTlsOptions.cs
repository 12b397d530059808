namespace Registry.Client;

/// <summary>How a connection to the registry is secured. Files are PEM, and are read when the client is made.</summary>
public sealed class RegistryTlsOptions
{
    /// <summary>The certificates that the server's must be signed by. Default: null, those that the machine trusts.</summary>
    public string? CertificateAuthority { get; set; }

    /// <summary>The certificate that this client shows. Default: null, none.</summary>
    public string? Certificate { get; set; }

    /// <summary>The key of <see cref="Certificate"/>. Default: null, which means that it stands in the same file.</summary>
    public string? Key { get; set; }
}
