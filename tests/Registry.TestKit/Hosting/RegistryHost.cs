using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Registry.Server.Hosting;
using Registry.Server.Ports;

namespace Registry.TestKit.Hosting;

/// <summary>
/// The real server inside the test's process: the composition of Program, over real sockets, on ports that the system chooses.
/// Nothing of the surroundings reaches it, neither files nor environment.
/// </summary>
public sealed class RegistryHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentBag<GrpcChannel> _channels = [];

    private RegistryHost(WebApplication app, RecordedLogs logs)
    {
        _app = app;
        Logs = logs;
        var served = app.Services.GetRequiredService<ServedAddresses>();
        GrpcAddress = new(served.Grpc.FromThisMachine);
        HttpAddress = new(served.Http.FromThisMachine);
        Http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = HttpAddress };
    }

    /// <summary>Where gRPC is spoken.</summary>
    public Uri GrpcAddress { get; }

    /// <summary>Where HTTP/1.1 is spoken.</summary>
    public Uri HttpAddress { get; }

    /// <summary>A client for <see cref="HttpAddress"/>.</summary>
    public HttpClient Http { get; }

    /// <summary>The server's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>What the server logged.</summary>
    public RecordedLogs Logs { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="options">Keys below section <c>Registry</c>, such as <c>MaxConnections</c>, and their values.</param>
    /// <param name="services">Called last in the composition: replaces services, such as the clock.</param>
    /// <param name="endpoints">Maps more than the server does, such as a gRPC service that misbehaves.</param>
    public static async Task<RegistryHost> StartAsync(
        IReadOnlyDictionary<string, string?>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IEndpointRouteBuilder>? endpoints = null)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Registry:Grpc:Address"] = "127.0.0.1:0",
            ["Registry:Http:Address"] = "127.0.0.1:0",
            ["Registry:Storage:Mode"] = "Memory",
        };
        foreach (var (key, value) in options ?? new Dictionary<string, string?>())
            values[$"Registry:{key}"] = value;

        var logs = new RecordedLogs();
        var app = Server.Program.Build(new ServerSettings { ReadsSurroundings = false, Values = values }, added =>
        {
            added.RemoveAll<ILoggerProvider>();
            added.AddSingleton<ILoggerProvider>(logs);
            services?.Invoke(added);
        });
        endpoints?.Invoke(app);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        app.Services.GetRequiredService<StartPhase>().End();
        return new(app, logs);
    }

    /// <summary>A channel to the server, with a connection of its own. The host disposes of it.</summary>
    [SuppressMessage("Security", "CA5359", Justification = "Certificates of tests are signed by nobody.")]
    public GrpcChannel CreateChannel()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        var channel = GrpcChannel.ForAddress(GrpcAddress, new() { HttpHandler = handler, DisposeHttpClient = true });
        _channels.Add(channel);
        return channel;
    }

    /// <summary>Tells the server to stop, as a signal would, and waits until it has.</summary>
    public Task StopAsync()
    {
        // A signal tells everybody first and stops the services then; StopAsync alone does it the other way round.
        _app.Lifetime.StopApplication();
        return _app.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The clients first: a connection that is still open is one that the server waits for.
        foreach (var channel in _channels)
            channel.Dispose();
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
