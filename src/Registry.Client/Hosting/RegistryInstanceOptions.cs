using Registry.Client.Resolving;

namespace Registry.Client.Hosting;

/// <summary>How a service on ASP.NET Core appears in the registry. The section <c>Registry:Client:Instance</c> binds to it.</summary>
public sealed class RegistryInstanceOptions
{
    /// <summary>The section of a configuration that binds to these options.</summary>
    public const string SectionName = RegistryClientOptions.SectionName + ":Instance";

    /// <summary>The application. Default: empty, which means the host's application name.</summary>
    public string Application { get; set; } = "";

    /// <summary>Names the instance. Default: empty, which means its first endpoint as <c>host:port</c>.</summary>
    public string InstanceId { get; set; } = "";

    /// <summary>
    /// The host that others reach this process at. Default: empty, which means the one that Kestrel is bound to, or, where that is every
    /// address, this machine's first address that is not loopback.
    /// </summary>
    public string Host { get; set; } = "";

    /// <summary>
    /// The endpoints. Default: none, which means those that Kestrel is bound to: as <c>http</c> or <c>https</c>, and where gRPC services are
    /// mapped as <c>grpc</c> or <c>grpcs</c> too. Give them where a proxy or a container's port mapping lies between.
    /// </summary>
    public IList<ServiceEndpoint> Endpoints { get; } = [];

    /// <summary>The interfaces that it serves. Default: none, which means the gRPC services that are mapped, without health and reflection.</summary>
    public IList<string> Interfaces { get; } = [];

    /// <summary>Where it runs. Default: empty, which means the client's zone.</summary>
    public string Zone { get; set; } = "";

    /// <summary>Its share of the calls relative to its siblings, 0 to 10,000. Default 100.</summary>
    public int Weight { get; set; } = 100;

    /// <summary>What consumers may want to know. Default: none.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>
    /// How long, on shutdown, calls are still served after the registry has confirmed that the instance is draining: what it takes until
    /// consumers have heard of it. Default 2 s; 0 (none) to 5 min. It counts against the host's shutdown timeout, by default 30 s.
    /// </summary>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the start waits for the registry to confirm the registration; after that it goes on in the background. Default 0: the start
    /// does not wait; at most 1 day. With <see cref="FailFast"/>, what is not confirmed by then fails the start.
    /// </summary>
    public TimeSpan StartTimeout { get; set; }

    /// <summary>Whether a registration that is refused, or not confirmed within <see cref="StartTimeout"/>, fails the start. Default false.</summary>
    public bool FailFast { get; set; }

    /// <exception cref="RegistryConfigurationException">A time is out of range; the message names it, what it is and what it may be.</exception>
    internal void Validate()
    {
        RegistryClientOptions.Range($"Instance.{nameof(DrainDelay)}", DrainDelay, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        RegistryClientOptions.Range($"Instance.{nameof(StartTimeout)}", StartTimeout, TimeSpan.Zero, TimeSpan.FromDays(1));
    }
}
