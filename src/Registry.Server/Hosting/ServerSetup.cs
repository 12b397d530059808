using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Registry.Server.Hosting;

/// <summary>The parts of the composition that belong to the host itself.</summary>
internal static class ServerSetup
{
    // What gRPC clients refuse by default, so larger requests would be one-way streets.
    private const int MaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Reads the options, checks them against each other and against the machine, and makes them available.</summary>
    public static ServerOptions AddRegistryOptions(this WebApplicationBuilder builder)
    {
        var options = OptionsReader.Read(builder.Configuration);
        OptionRules.Check(options);
        DataDirectory.Check(options.Storage.Directory);

        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<ConnectionCounts>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        return options;
    }

    /// <summary>Adds the gRPC engine.</summary>
    public static void AddGrpcEngine(this IServiceCollection services)
    {
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<UnexpectedErrors>();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxReceiveMessageSize;
            // An exception's text stays inside.
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<OpenStreams>();
            grpc.Interceptors.Add<UnexpectedErrors>();
        });
    }
}
