using Microsoft.AspNetCore.Server.Kestrel.Core;
using Registry.Server.Ports;

namespace Registry.Server.Hosting;

/// <summary>The two endpoints and their limits. What is not set here is Kestrel's default on purpose.</summary>
internal static class KestrelSetup
{
    /// <summary>Adds Kestrel with both endpoints.</summary>
    public static void AddEndpoints(this WebApplicationBuilder builder, ServerOptions options)
    {
        // Read now, so that a certificate which can't be used is reported before anything is started.
        var certificate = ServerCertificate.Load(options.Grpc.Tls);

        // Thousands of clients that reconnect at once must fit into the accept queue; the kernel caps this at its somaxconn.
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseSockets(sockets => sockets.Backlog = 4096);

        builder.Services.AddSingleton<ServedAddresses>();
        builder.Services.AddSingleton<PortGates>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<ServedAddresses, PortGates>((kestrel, served, gates) =>
        {
            SetLimits(kestrel, options);
            ListenOptions grpc = null!, http = null!;
            Listen(kestrel, options.Grpc.Address, listen => UseGrpc(grpc = listen, certificate, gates));
            Listen(kestrel, options.Http.Address, listen => UseHttp(http = listen, kestrel.Limits, gates));
            served.Set(
                new(options.Grpc.Address, grpc, certificate is null ? "http" : "https"),
                new(options.Http.Address, http, "http"));
        });
    }

    private static void SetLimits(KestrelServerOptions kestrel, ServerOptions options)
    {
        // Tells strangers nothing they need.
        kestrel.AddServerHeader = false;

        var limits = kestrel.Limits;

        // Unbounded by default: whoever can connect could exhaust the process.
        limits.MaxConcurrentConnections = limits.MaxConcurrentUpgradedConnections = options.MaxConnections;

        // A call has a dozen short headers; the default of 32 KiB per request is room for an attack, not for a client.
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.Http2.MaxRequestHeaderFieldSize = 16 * 1024;

        // Headers that drip in hold a slot of MaxConnections.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Streams that nobody reads are found by the registry itself, which resets the one stream. This rate would forgive a
        // stalled stream for minutes and then cut the whole connection with all its healthy ones. (The rate for request
        // bodies stays: the gRPC engine lifts it for streams, and a unary call has no reason to drip.)
        limits.MinResponseDataRate = null;

        // Off by default. A client that vanished without a FIN is noticed after 40 s instead of at the next message.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);

        // What a client may send before it is read, so the memory that a hostile one can pin. Requests are small: the
        // defaults of 1 MiB and 768 KiB buy nothing.
        limits.Http2.InitialConnectionWindowSize = 512 * 1024;
        limits.Http2.InitialStreamWindowSize = 128 * 1024;
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> configure)
    {
        if (address.IsBothLoopbacks)
            kestrel.ListenLocalhost(address.Port, configure);
        else if (address.IsAnyOfBothFamilies)
            kestrel.ListenAnyIP(address.Port, configure);
        else
            kestrel.Listen(address.Address, address.Port, configure);
    }

    // The first middleware is the outermost: cleartext is caught before TLS, HTTP/1.1 is recognised behind it.
    private static void UseGrpc(ListenOptions listen, ServerCertificate? certificate, PortGates gates)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (certificate is not null)
        {
            listen.Use(next => connection => gates.TlsAsync(connection, next));
            listen.UseHttps(certificate.Apply);
        }

        listen.Use(next => connection => gates.GrpcAsync(connection, next));
    }

    private static void UseHttp(ListenOptions listen, KestrelServerLimits limits, PortGates gates)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection => gates.HttpAsync(connection, next, limits.KeepAliveTimeout));
    }
}
