using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Fakes;

/// <summary>
/// A microservice as a consumer sees one, which says who it is: over gRPC (a method of the registry's own protocol, for want of another) and
/// over HTTP.
/// </summary>
internal sealed class Backend : IAsyncDisposable
{
    public const string Interface = "registry.v1.Discovery";

    private readonly WebApplication _app;

    private Backend(WebApplication app, int grpcPort, int httpPort)
    {
        _app = app;
        GrpcPort = grpcPort;
        HttpPort = httpPort;
    }

    public int GrpcPort { get; }

    public int HttpPort { get; }

    public static async Task<Backend> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<Who>();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<Who>();
        app.MapGet("/who", context => context.Response.WriteAsync($"{context.Connection.LocalPort}"));
        app.MapPost("/echo", async context => await context.Request.Body.CopyToAsync(context.Response.Body));
        await app.StartAsync();
        var ports = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(url => new Uri(url).Port).ToArray();
        return new Backend(app, ports[0], ports[1]);
    }

    /// <summary>Who answers, over a gRPC channel.</summary>
    public static async Task<int> AskAsync(CallInvoker invoker, bool waitForReady = false)
    {
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20)).WithWaitForReady(waitForReady);
        return (int)(await new Discovery.DiscoveryClient(invoker).ResolveAsync(new ResolveRequest(), options)).Sync.Revision;
    }

    public InstanceRegistration Registration(string application = "orders") => new()
    {
        Application = application,
        Endpoints = [new ServiceEndpoint("grpc", "127.0.0.1", GrpcPort), new ServiceEndpoint("http", "127.0.0.1", HttpPort)],
        Interfaces = [Interface],
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private sealed class Who : Discovery.DiscoveryBase
    {
        public override Task<ResolveResponse> Resolve(ResolveRequest request, ServerCallContext context) =>
            Task.FromResult(new ResolveResponse { Sync = new Sync { Revision = context.GetHttpContext().Connection.LocalPort } });
    }
}
