namespace Grpc.Core;

/// <summary>How a gRPC implementation learns what some <see cref="ChannelCredentials"/> are. Applications do not need it.</summary>
public abstract class ChannelCredentialsConfiguratorBase
{
    /// <summary>The channel is not secured.</summary>
    /// <param name="state">What the implementation passed in.</param>
    public abstract void SetInsecureCredentials(object? state);

    /// <summary>The channel uses TLS.</summary>
    /// <param name="state">What the implementation passed in.</param>
    /// <param name="rootCertificates">Trusted roots in PEM; <see langword="null"/> for those of the machine.</param>
    /// <param name="keyCertificatePair">The client's own certificate, or <see langword="null"/>.</param>
    /// <param name="verifyPeerCallback">An additional check of the server's certificate, or <see langword="null"/>.</param>
    public abstract void SetSslCredentials(
        object? state,
        string? rootCertificates,
        KeyCertificatePair? keyCertificatePair,
        VerifyPeerCallback? verifyPeerCallback);

    /// <summary>The channel has credentials of its own and call credentials for every call.</summary>
    /// <param name="state">What the implementation passed in.</param>
    /// <param name="channelCredentials">How connections are secured.</param>
    /// <param name="callCredentials">What goes with every call.</param>
    public abstract void SetCompositeCredentials(object? state, ChannelCredentials channelCredentials, CallCredentials callCredentials);
}
