using System.Collections.Immutable;
using Registry.Client.Watching;

namespace Registry.Client.Resolving;

/// <summary>What a view says of its topic.</summary>
public enum ServiceStatus
{
    /// <summary>Nobody declares it: no such interface, no such application.</summary>
    Unknown,

    /// <summary>Declared by an application, and at present no instance serves it.</summary>
    NoInstance,

    /// <summary>At least one instance is listed, in whichever status.</summary>
    Available,
}

/// <summary>
/// What is known of one topic, as it stood in the registry at one revision. Immutable: who keeps a view keeps a consistent picture, and a
/// newer one replaces it.
/// </summary>
public sealed class ServiceView
{
    internal ServiceView(
        TopicName topic,
        ImmutableArray<string> applications,
        ImmutableArray<ServiceInstance> instances,
        string epoch,
        long revision,
        bool isStale)
    {
        Topic = topic;
        Status = instances.Length > 0 ? ServiceStatus.Available : applications.Length > 0 ? ServiceStatus.NoInstance : ServiceStatus.Unknown;
        Applications = applications;
        Instances = instances;
        Epoch = epoch;
        Revision = revision;
        IsStale = isStale;
        HeldInstances = instances.Count(instance => instance.IsHeld);
    }

    /// <summary>What was asked for.</summary>
    public TopicName Topic { get; }

    /// <summary>Tells "unknown" from "no instance".</summary>
    public ServiceStatus Status { get; }

    /// <summary>The applications that declare it, in the order of their names.</summary>
    public ImmutableArray<string> Applications { get; }

    /// <summary>The instances that serve it, in the order of application and id, in every status.</summary>
    public ImmutableArray<ServiceInstance> Instances { get; }

    /// <summary>The history that <see cref="Revision"/> belongs to.</summary>
    public string Epoch { get; }

    /// <summary>The revision of the registry at which this view changed last. Views of one epoch never go back.</summary>
    public long Revision { get; }

    /// <summary>
    /// No server stands behind it: it comes from the cache on disk and none has confirmed it yet, or the server has ended the watch of this
    /// topic, which is asked for again every few seconds. A view of a running process that has merely lost its server is not stale in this
    /// sense; see <see cref="RegistryClient.Connection"/>.
    /// </summary>
    public bool IsStale { get; }

    /// <summary>How many of the instances are held (see <see cref="ServiceInstance.IsHeld"/>).</summary>
    public int HeldInstances { get; }

    internal ServiceView WithoutHeld() =>
        new(Topic, Applications, [.. Instances.Where(instance => !instance.IsHeld)], Epoch, Revision, IsStale);

    internal ServiceView AsStale() => new(Topic, Applications, Instances, Epoch, Revision, isStale: true);

    /// <summary>Topic, status and number of instances.</summary>
    public override string ToString() => $"{Topic}: {Status}, {Instances.Length} at revision {Revision}{(IsStale ? ", stale" : "")}";
}
