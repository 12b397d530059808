using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Registry.Server.Ports;

/// <summary>
/// Keeps what is mapped for one port off the other: whoever opens the gRPC port to the world does not open the console with it.
/// The protocol tells the ports apart, since each speaks one only.
/// </summary>
internal static class PortIsolation
{
    /// <summary>The place to map everything that belongs on the HTTP port.</summary>
    public static RouteGroupBuilder MapHttpPort(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGroup("").WithMetadata(OnHttpPort.Instance);

    /// <summary>Adds the separation; between routing and the endpoints.</summary>
    public static void UsePortIsolation(this IApplicationBuilder app)
    {
        var served = app.ApplicationServices.GetRequiredService<ServedAddresses>();
        app.Use(next => context =>
        {
            var onGrpcPort = HttpProtocol.IsHttp2(context.Request.Protocol);
            if (!onGrpcPort && IsGrpc(context.Request))
                return RefuseGrpcAsync(context, served);

            // An endpoint without a route is routing's own answer, such as 405.
            if (context.GetEndpoint() is RouteEndpoint endpoint
                && (onGrpcPort == (endpoint.Metadata.GetMetadata<OnHttpPort>() is not null) || !IsPathOfMethod(context, endpoint)))
            {
                context.SetEndpoint(null);
            }

            return next(context);
        });
    }

    // Routing lets a method be called under many paths: in any case, with a slash at the end, with escapes and dots. Whoever guards the
    // server by paths, a proxy or an audit, would watch one of many doors. So a method has one path, byte for byte.
    private static bool IsPathOfMethod(HttpContext context, RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } grpc
        || context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget == grpc.Method.FullName;

    private static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    // gRPC-Web, and gRPC through a proxy that speaks HTTP/1.1.
    private static Task RefuseGrpcAsync(HttpContext context, ServedAddresses served)
    {
        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync($"This is the HTTP port. gRPC is at {served.Grpc}, over HTTP/2.\n", context.RequestAborted);
    }

    private sealed class OnHttpPort
    {
        public static readonly OnHttpPort Instance = new();
    }
}
