using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Harness;

/// <summary>The test service on a real socket, with the channels that were made to it.</summary>
internal sealed class ProbeServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly List<GrpcChannel> _channels = [];

    private ProbeServer(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.Single());

    /// <summary>The address as host and port, as clients other than the one for .NET want it.</summary>
    public string Target => Address.Authority;

    public static Task<ProbeServer> StartAsync(ProbeHandlers handlers) => StartAsync(new ProbeServerOptions { Handlers = handlers });

    public static async Task<ProbeServer> StartAsync(ProbeServerOptions? options = null)
    {
        options ??= new ProbeServerOptions();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => Configure(listen, options)));
        builder.Services.AddSingleton(options.Handlers);
        builder.Services.AddGrpc(options.Grpc);
        var application = builder.Build();
        if (options.Recorder is { } recorder)
            application.Use(recorder.RecordAsync);
        application.MapGrpcService<ProbeService>();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new ProbeServer(application);
    }

    /// <summary>Makes a channel that lives as long as the server does.</summary>
    public GrpcChannel OpenChannel(GrpcChannelOptions? options = null)
    {
        var channel = GrpcChannel.ForAddress(Address, options ?? new GrpcChannelOptions());
        _channels.Add(channel);
        return channel;
    }

    public Probe.ProbeClient OpenClient(GrpcChannelOptions? options = null) => new(OpenChannel(options));

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
            channel.Dispose();
        await _application.DisposeAsync();
    }

    private static void Configure(ListenOptions listen, ProbeServerOptions options)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (options.Certificate is null)
            return;
        listen.UseHttps(https =>
        {
            https.ServerCertificate = options.Certificate;
            https.ClientCertificateMode = options.AsksForClientCertificate
                ? ClientCertificateMode.RequireCertificate
                : ClientCertificateMode.NoCertificate;
            // The certificates of the tests are known by themselves, not through an authority.
            https.AllowAnyClientCertificate();
        });
    }
}
