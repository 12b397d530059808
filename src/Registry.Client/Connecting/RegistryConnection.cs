using System.Net.Security;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Registry.Protocol.V1;

namespace Registry.Client.Connecting;

/// <summary>
/// One channel to a registry, and the clients of its services on it. Connects when first used. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A connection on which nothing comes back is found by HTTP/2 pings and given up, calls or no calls: without them a
/// vanished server keeps its dead connection in the pool, and every call on it runs into its deadline.
/// </remarks>
internal sealed class RegistryConnection : IDisposable
{
    private static readonly TimeSpan ShortestReconnect = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestReconnect = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingAfterSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel _channel;

    /// <param name="address">Where the registry answers.</param>
    /// <param name="callTimeout">The deadline of every unary call that states none. Streams have none.</param>
    /// <param name="tls">What is shown and trusted where the address is https; null: the machine's defaults.</param>
    public RegistryConnection(ServerAddress address, TimeSpan? callTimeout = null, SslClientAuthenticationOptions? tls = null)
    {
        Address = address;
        CallTimeout = callTimeout ?? DefaultCallTimeout;
        _channel = GrpcChannel.ForAddress(address.Uri, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            // Who calls decides how often to try; the default would keep a server that is back unreachable for two minutes.
            InitialReconnectBackoff = ShortestReconnect,
            MaxReconnectBackoff = LongestReconnect,
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = CallTimeout,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = PingAfterSilence,
                KeepAlivePingTimeout = PingTimeout,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                // A proxy of the environment is meant for the web; cleartext HTTP/2 does not pass through one.
                UseProxy = false,
                SslOptions = tls ?? new SslClientAuthenticationOptions(),
            },
        });

        Invoker = _channel.Intercept(new DeadlineInterceptor(CallTimeout));
        Registration = new Registration.RegistrationClient(Invoker);
        Discovery = new Discovery.DiscoveryClient(Invoker);
        Operations = new Operations.OperationsClient(Invoker);
    }

    /// <summary>5 seconds.</summary>
    public static TimeSpan DefaultCallTimeout { get; } = TimeSpan.FromSeconds(5);

    public ServerAddress Address { get; }

    public TimeSpan CallTimeout { get; }

    /// <summary>For calls of any service.</summary>
    public CallInvoker Invoker { get; }

    public Registration.RegistrationClient Registration { get; }

    public Discovery.DiscoveryClient Discovery { get; }

    public Operations.OperationsClient Operations { get; }

    public void Dispose() => _channel.Dispose();
}
