using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Core.Mapping;

/// <summary>One step of a mapping: applications to upsert, whole, and names to remove. Immutable once published. Thread safe.</summary>
public sealed class MappingDelta : TopicDelta
{
    internal MappingDelta(QualifiedName name, long from, ImmutableArray<MappedApplication> upserts, ImmutableArray<string> removals)
        : base(Topic.OfInterface(name), from)
    {
        Upserts = upserts;
        Removals = removals;
    }

    /// <summary>Applications that appeared or changed their builds.</summary>
    public ImmutableArray<MappedApplication> Upserts { get; }

    /// <summary>Names of applications that serve the interface no longer.</summary>
    public ImmutableArray<string> Removals { get; }

    /// <inheritdoc/>
    public override int Count => Upserts.Length + Removals.Length;

    internal override int Size =>
        256 + Upserts.Sum(static a => a.Application.Length + (a.Builds.Length * InstanceRules.BuildIdLength) + 16) + Removals.Sum(static a => a.Length + 8);
}
