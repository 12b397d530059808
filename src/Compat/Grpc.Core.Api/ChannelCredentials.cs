using Grpc.Core.Internal;

namespace Grpc.Core;

/// <summary>How a channel secures its connections, and which call credentials go with every call. Immutable.</summary>
public abstract class ChannelCredentials
{
    /// <summary>No encryption and no authentication.</summary>
    public static ChannelCredentials Insecure { get; } = new InsecureChannelCredentials();

    /// <summary>TLS with the roots that the machine trusts.</summary>
    public static ChannelCredentials SecureSsl { get; } = new SslCredentials();

    /// <summary>
    /// Joins channel credentials with call credentials that apply to every call. A client may refuse the result over
    /// <see cref="Insecure"/>, as tokens would be readable on the way.
    /// </summary>
    /// <param name="channelCredentials">How connections are secured.</param>
    /// <param name="callCredentials">What goes with every call.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">The channel credentials already include call credentials.</exception>
    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
        new CompositeChannelCredentials(channelCredentials, callCredentials);

    /// <summary>
    /// Tells a gRPC implementation what these credentials are, by calling the fitting member of the configurator. Not meant to be
    /// called by applications.
    /// </summary>
    /// <param name="configurator">The implementation's side.</param>
    /// <param name="state">Is handed to the configurator as it is.</param>
    public abstract void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object? state);
}
