using System.ComponentModel.DataAnnotations;

namespace Registry.Server.Hosting;

/// <summary>The endpoint that speaks gRPC: HTTP/2, and nothing else.</summary>
public sealed class GrpcEndpointOptions
{
    /// <summary>Where to listen. Default 127.0.0.1:7400. Port 0: one chosen by the system, named in the start line.</summary>
    [Required]
    public ListenAddress Address { get; set; } = ListenAddress.Parse("127.0.0.1:7400");

    /// <summary>The certificate, if TLS is to be spoken. Without one: cleartext.</summary>
    public TlsOptions Tls { get; set; } = new();
}

/// <summary>The endpoint for probes and for people: HTTP/1.1 in cleartext.</summary>
public sealed class HttpEndpointOptions
{
    /// <summary>Where to listen. Default 127.0.0.1:7401. Port 0: one chosen by the system, named in the start line.</summary>
    [Required]
    public ListenAddress Address { get; set; } = ListenAddress.Parse("127.0.0.1:7401");
}

/// <summary>The certificate of an endpoint: PEM (certificate and key in two files) or PKCS#12 (one file).</summary>
public sealed class TlsOptions
{
    /// <summary>
    /// Path of the certificate. With <see cref="Key"/>: PEM, the server's certificate first, then its chain. Without: PKCS#12
    /// (.pfx). A relative path counts from the working directory. Default null: no TLS.
    /// </summary>
    public string? Certificate { get; set; }

    /// <summary>Path of the private key in PEM. Default null: the certificate is a PKCS#12 file and holds its key.</summary>
    public string? Key { get; set; }

    /// <summary>Password of the key or of the PKCS#12 file. Default null: none.</summary>
    public string? Password { get; set; }
}
