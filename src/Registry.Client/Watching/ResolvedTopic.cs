using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>What a view can say of a name.</summary>
internal enum ResolvedStatus
{
    /// <summary>Nothing yet: its data has not arrived.</summary>
    NotLoaded,

    /// <summary>Nobody declares it.</summary>
    Unknown,

    /// <summary>Declared by an application, and at present no instance serves it.</summary>
    NoInstance,

    /// <summary>At least one instance serves it.</summary>
    Available,
}

/// <summary>An instance and the application that it belongs to.</summary>
internal sealed record ResolvedInstance(string Application, Instance Instance);

/// <summary>A name joined with its instances, in the order of application and instance id.</summary>
/// <param name="Topic">What was asked for.</param>
/// <param name="Status">Tells "unknown" from "no instance".</param>
/// <param name="Applications">The applications that declare it.</param>
/// <param name="Instances">The instances that serve it.</param>
internal sealed record ResolvedTopic(
    TopicName Topic,
    ResolvedStatus Status,
    ImmutableArray<string> Applications,
    ImmutableArray<ResolvedInstance> Instances);
