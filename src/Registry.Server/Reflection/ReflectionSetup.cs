using Google.Protobuf.Reflection;
using Registry.Protocol.V1;

namespace Registry.Server.Reflection;

/// <summary>Reflection for gRPC clients without protos, in both versions that are in use.</summary>
internal static class ReflectionSetup
{
    // The file of each service that is mapped; files that they import follow by themselves.
    private static readonly FileDescriptor[] Files =
    [
        RegistrationReflection.Descriptor,
        DiscoveryReflection.Descriptor,
        OperationsReflection.Descriptor,
        Protocol.Health.V1.HealthReflection.Descriptor,
        Protocol.Reflection.V1.ReflectionReflection.Descriptor,
        Protocol.Reflection.V1Alpha.ReflectionReflection.Descriptor,
    ];

    /// <summary>Adds what reflection needs.</summary>
    public static void AddServerReflection(this IServiceCollection services)
    {
        services.AddSingleton(_ => new ProtoCatalog(Files));
        services.AddSingleton<ReflectionService>();
        services.AddSingleton<AlphaReflectionService>();
    }

    /// <summary>Maps both versions.</summary>
    public static void MapServerReflection(this IEndpointRouteBuilder grpc)
    {
        grpc.MapGrpcService<ReflectionService>();
        grpc.MapGrpcService<AlphaReflectionService>();
    }
}
