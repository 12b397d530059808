using System.ComponentModel.DataAnnotations;
using Registry.Core;

namespace Registry.Server.Hosting;

/// <summary>
/// What the server can be told: section <c>Registry</c> of the configuration. The defaults are here and nowhere else, so
/// the server runs without any file. Every value is checked before anything starts; see <see cref="OptionsReader"/>.
/// A new group of options is a property here: reading, range checks and the report of unknown keys follow by themselves.
/// </summary>
public sealed class ServerOptions : RegistryOptions
{
    internal const string Section = "Registry";

    /// <summary>The endpoint that speaks gRPC.</summary>
    public GrpcEndpointOptions Grpc { get; set; } = new();

    /// <summary>The endpoint that speaks plain HTTP.</summary>
    public HttpEndpointOptions Http { get; set; } = new();

    /// <summary>Where the registry keeps what it knows.</summary>
    public StorageOptions Storage { get; set; } = new();

    /// <summary>
    /// Whether the server may listen beyond loopback without authentication. Default false: it then refuses to start.
    /// </summary>
    public bool Insecure { get; set; }

    /// <summary>
    /// How many connections each endpoint holds at a time; one more is closed at once. Connections. Default 10,000, from 1 to
    /// 1,000,000; there is no value for "unbounded". The process needs as many file descriptors (<c>ulimit -n</c>).
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// How long calls and connections that are still open get when the server is told to stop; then they are cut. Hours,
    /// minutes, seconds. Default 00:00:25, from zero (cut at once) to 00:00:27, so that with what follows the process is
    /// gone within the 30 seconds that orchestrators grant.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:27")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(25);
}
