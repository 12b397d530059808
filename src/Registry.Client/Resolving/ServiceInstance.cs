using System.Collections.Frozen;
using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Resolving;

/// <summary>One instance of an application. Immutable: a change of the instance is another object.</summary>
public sealed class ServiceInstance
{
    private readonly Instance _source;

    private ServiceInstance(string application, Instance source, InstanceStatus status, bool isHeld)
    {
        _source = source;
        Application = application;
        Status = status;
        IsHeld = isHeld;
        Endpoints = [.. source.Endpoints.Select(endpoint => new ServiceEndpoint(endpoint.Protocol, endpoint.Host, (int)endpoint.Port))];
        Metadata = source.Metadata.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The application that it belongs to.</summary>
    public string Application { get; }

    /// <summary>Names it within its application.</summary>
    public string Id => _source.Id;

    /// <summary>Where it can be called; at least one.</summary>
    public ImmutableArray<ServiceEndpoint> Endpoints { get; }

    /// <summary>Where it runs, such as <c>eu-1a</c>; empty: nowhere in particular.</summary>
    public string Zone => _source.Zone;

    /// <summary>Its share of the calls relative to its siblings, 0 to 10,000. 0: none while others have more.</summary>
    public int Weight => (int)_source.Weight;

    /// <summary>What its owner says of it; may be empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where it stands.</summary>
    public InstanceStatus Status { get; }

    /// <summary>
    /// The registry's new history does not name it, and nobody has said that it is gone: kept as <see cref="InstanceStatus.Suspect"/> for
    /// <see cref="RegistryClientOptions.LossProtection"/>.
    /// </summary>
    public bool IsHeld { get; }

    /// <summary>
    /// Under whose name it is kept without a lease, so that it stays until somebody removes it; empty: it hangs on a lease.
    /// </summary>
    public string Holder => _source.Holder;

    /// <summary>The revision at which this life of the instance began; grows when another lease takes the id over.</summary>
    public long Incarnation => _source.Incarnation;

    /// <summary>The revision of its last change.</summary>
    public long Revision => _source.Revision;

    /// <summary>Its first endpoint of this protocol; null if it has none.</summary>
    public ServiceEndpoint? FindEndpoint(string protocol)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.Protocol == protocol)
            {
                return endpoint;
            }
        }

        return null;
    }

    /// <summary>Application, id and where it stands.</summary>
    public override string ToString() => $"{Application}/{Id} {Status}";

    internal static ServiceInstance From(string application, Instance source) => new(application, source, StatusOf(source.State), isHeld: false);

    internal bool Shows(Instance source) => !IsHeld && ReferenceEquals(_source, source);

    internal ServiceInstance AsHeld() => IsHeld ? this
        : new ServiceInstance(Application, _source, Status == InstanceStatus.Down ? InstanceStatus.Down : InstanceStatus.Suspect, isHeld: true);

    // A state of a later version is treated as none of those that take calls without question.
    internal static InstanceStatus StatusOf(InstanceState state) => state switch
    {
        InstanceState.Up => InstanceStatus.Up,
        InstanceState.Draining => InstanceStatus.Draining,
        InstanceState.Suspect => InstanceStatus.Suspect,
        InstanceState.Down => InstanceStatus.Down,
        _ => InstanceStatus.Suspect,
    };
}
