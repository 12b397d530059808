using Grpc.Core;
using Microsoft.AspNetCore.Routing;

namespace Registry.Client.Hosting;

/// <summary>Which gRPC services are mapped, read off the routes.</summary>
internal static class GrpcServices
{
    // The type of Grpc.AspNetCore.Server that carries the method of a route. Named and not referenced: a consumer needs no server.
    private const string MetadataType = "Grpc.AspNetCore.Server.GrpcMethodMetadata";

    private static readonly string[] EverybodyServes = ["grpc.health.", "grpc.reflection."];

    public static IReadOnlyList<string> Of(IEnumerable<EndpointDataSource> sources) =>
    [
        .. sources.SelectMany(source => source.Endpoints)
            .SelectMany(endpoint => endpoint.Metadata)
            .Where(item => item.GetType().FullName == MetadataType)
            .Select(item => item.GetType().GetProperty("Method")?.GetValue(item))
            .OfType<IMethod>()
            .Select(method => method.ServiceName)
            .Where(name => !EverybodyServes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];
}
