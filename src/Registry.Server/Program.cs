using Registry.Server.Health;
using Registry.Server.Hosting;
using Registry.Server.Ports;
using Registry.Server.Reads;
using Registry.Server.Reflection;

namespace Registry.Server;

/// <summary>The composition root: what the server is made of, in the order in which a call meets it.</summary>
public sealed class Program
{
    private Program()
    {
    }

    /// <summary>
    /// Puts a server together without starting it. <paramref name="adjust"/> comes last and may replace any service; tests use it.
    /// </summary>
    internal static WebApplication Build(ServerSettings settings, Action<IServiceCollection>? adjust = null)
    {
        // Empty: nothing comes from the surroundings but what ServerSettings and the calls below ask for.
        var builder = WebApplication.CreateEmptyBuilder(new());
        settings.AddTo(builder.Configuration);
        builder.AddServerLogging();
        var options = builder.AddRegistryOptions();
        builder.AddEndpoints(options);

        builder.Services.AddGrpcEngine();
        builder.Services.AddReadiness();
        builder.Services.AddServerReflection();
        builder.Services.AddRegistry(options);
        adjust?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseRouting();
        app.UsePortIsolation();
        app.UseMalformedRequests();
        app.UseNotReadyAnswers();

        app.MapGrpcService<HealthService>();
        app.MapServerReflection();
        app.MapRegistry();

        var http = app.MapHttpPort();
        http.MapProbes();
        http.MapJsonReads();
        return app;
    }

    private static Task<int> Main(string[] args) =>
        ServerCommandLine.InvokeAsync(args, settings => ServerProcess.RunAsync(() => Build(settings)));
}
