using System.Globalization;
using Registry.Client.Leases;
using Registry.Client.Resolving;
using Registry.Protocol.V1;

namespace Registry.Client.Registering;

/// <summary>An instance as its process wants it in the registry.</summary>
public sealed record InstanceRegistration
{
    /// <summary>The application, such as <c>orders</c>: 1 to 128 characters. Required.</summary>
    public required string Application { get; init; }

    /// <summary>
    /// Names the instance within its application, 1 to 128 characters. Default: empty, which means the first endpoint as <c>host:port</c>. The
    /// same id from another process takes the instance over.
    /// </summary>
    public string InstanceId { get; init; } = "";

    /// <summary>The namespace. Default: empty, which means the client's.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Where it can be called, 1 to 16. Required.</summary>
    public required IReadOnlyList<ServiceEndpoint> Endpoints { get; init; }

    /// <summary>The interfaces that it serves, at most 1,000. Default: none.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Where it runs. Default: empty, which means the client's <see cref="RegistryClientOptions.Zone"/>.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Its share of the calls relative to its siblings, 0 to 10,000. Default 100.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>What consumers may want to know of it, at most 64 pairs. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>How it begins: <see cref="InstanceStatus.Up"/> (the default), <see cref="InstanceStatus.Draining"/> or <see cref="InstanceStatus.Down"/>.</summary>
    public InstanceStatus Status { get; init; } = InstanceStatus.Up;

    internal (InstanceSpec Spec, Build? Build) ToSpec(string zone)
    {
        if (string.IsNullOrEmpty(Application))
        {
            throw new RegistryConfigurationException(nameof(Application), "is empty, and an instance belongs to one");
        }

        if (Endpoints.Count == 0)
        {
            throw new RegistryConfigurationException(nameof(Endpoints), "is empty, and an instance needs at least one");
        }

        if (Weight < 0)
        {
            throw new RegistryConfigurationException(nameof(Weight), $"is {Weight}, and must be 0 to 10,000");
        }

        var first = Endpoints[0];
        var spec = new InstanceSpec
        {
            Id = InstanceId.Length > 0 ? InstanceId
                : first.Host.Contains(':', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"[{first.Host}]:{first.Port}")
                : string.Create(CultureInfo.InvariantCulture, $"{first.Host}:{first.Port}"),
            Zone = Zone.Length > 0 ? Zone : zone,
            Weight = (uint)Weight,
            State = StateOf(Status),
        };
        foreach (var endpoint in Endpoints)
        {
            spec.Endpoints.Add(new Endpoint { Protocol = endpoint.Protocol, Host = endpoint.Host, Port = (uint)endpoint.Port });
        }

        foreach (var (key, value) in Metadata)
        {
            spec.Metadata.Add(key, value);
        }

        if (Interfaces.Count == 0)
        {
            return (spec, null);
        }

        var build = BuildId.Declare([.. Interfaces]);
        spec.BuildId = build.Id;
        return (spec, build);
    }

    internal static InstanceState StateOf(InstanceStatus status) => status switch
    {
        InstanceStatus.Up => InstanceState.Up,
        InstanceStatus.Draining => InstanceState.Draining,
        InstanceStatus.Down => InstanceState.Down,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "an owner declares Up, Draining or Down"),
    };
}
