using System.Collections.Immutable;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Core.Instances;

/// <summary>One step of an application: instances to upsert, whole, and ids to remove. Immutable once published. Thread safe.</summary>
public sealed class ApplicationDelta : TopicDelta
{
    internal ApplicationDelta(QualifiedName name, long from, ImmutableArray<Instance> upserts, ImmutableArray<string> removals)
        : base(Topic.OfApplication(name), from)
    {
        Upserts = upserts;
        Removals = removals;
    }

    /// <summary>Instances that appeared or changed.</summary>
    public ImmutableArray<Instance> Upserts { get; }

    /// <summary>Ids of instances that are gone.</summary>
    public ImmutableArray<string> Removals { get; }

    /// <inheritdoc/>
    public override int Count => Upserts.Length + Removals.Length;

    internal override int Size => 256 + Upserts.Sum(static i => InstanceRules.SizeOf(i.Declaration)) + Removals.Sum(static id => id.Length + 8);
}
