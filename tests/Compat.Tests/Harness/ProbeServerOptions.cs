using System.Security.Cryptography.X509Certificates;
using Grpc.AspNetCore.Server;

namespace Registry.Compat.Tests.Harness;

internal sealed record ProbeServerOptions
{
    public ProbeHandlers Handlers { get; init; } = new();

    public Action<GrpcServiceOptions> Grpc { get; init; } = _ => { };

    /// <summary>The server's certificate; without one it speaks HTTP/2 in clear text.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool AsksForClientCertificate { get; init; }

    public MessageRecorder? Recorder { get; init; }
}
