using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registry.Client.Connecting;

namespace Registry.Client.Tests.Fakes;

/// <summary>A server of which a test writes every answer, on a real HTTP/2 socket of loopback.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _isGone;

    private FakeServer(WebApplication app)
    {
        _app = app;
        Registration = app.Services.GetRequiredService<ScriptedRegistration>();
        Discovery = app.Services.GetRequiredService<ScriptedDiscovery>();
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = ServerAddress.TryParse(url, out var address) ? address : throw new InvalidOperationException(url);
    }

    public ServerAddress Address { get; }

    public ScriptedRegistration Registration { get; }

    public ScriptedDiscovery Discovery { get; }

    /// <param name="port">0: any that is free.</param>
    public static async Task<FakeServer> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<ScriptedRegistration>();
        builder.Services.AddSingleton<ScriptedDiscovery>();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<ScriptedRegistration>();
        app.MapGrpcService<ScriptedDiscovery>();
        await app.StartAsync();
        return new FakeServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isGone)
        {
            return;
        }

        _isGone = true;
        Discovery.Stop();
        // Without patience: a test that ends leaves streams open.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
