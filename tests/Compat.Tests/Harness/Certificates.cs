using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Registry.Compat.Tests.Harness;

internal static class Certificates
{
    /// <summary>Makes a certificate that vouches for itself, valid for the loopback address.</summary>
    public static X509Certificate2 CreateSelfSigned(string commonName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    /// <summary>A handler that trusts exactly one server, and shows a certificate of its own if there is one.</summary>
    public static SocketsHttpHandler HandlerTrusting(X509Certificate2 server, X509Certificate2? client = null)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate is not null && certificate.GetCertHashString() == server.GetCertHashString();
        if (client is not null)
            handler.SslOptions.ClientCertificates = [client];
        return handler;
    }
}
