using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Leases;

namespace Registry.Core.Changes;

/// <summary>What Decide makes of a command: a change, nothing to do, or a refusal.</summary>
internal sealed class Decision
{
    public static readonly Decision Nothing = new();

    private Decision()
    {
    }

    /// <summary>Null: nothing to do, or refused.</summary>
    public ApplicationChange? Change { get; private init; }

    /// <summary>Null: not refused.</summary>
    public RegistryError? Refusal { get; private init; }

    /// <summary>The lease that the upserts of this change hang on from now on; null: none of them changes its lease.</summary>
    public Lease? AttachTo { get; private init; }

    /// <summary>Instances that the change takes from a lease, to be told to that lease after the commit.</summary>
    public ImmutableArray<Detachment> Detachments { get; private init; } = [];

    public static Decision Refuse(RegistryError error) => new() { Refusal = error };

    public static Decision Make(ApplicationChange change, Lease? attachTo = null, ImmutableArray<Detachment> detachments = default) =>
        change.IsEmpty
            ? Nothing
            : new() { Change = change, AttachTo = attachTo, Detachments = detachments.IsDefault ? [] : detachments };
}

/// <summary>An instance that leaves a lease.</summary>
/// <param name="Instance">The instance as it was.</param>
/// <param name="Cause">What the lease's holder is told; null: nothing, it knows.</param>
internal readonly record struct Detachment(Instance Instance, LossCause? Cause);
