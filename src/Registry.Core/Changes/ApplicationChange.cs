using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes;

/// <summary>
/// What one command does to one application, decided and complete: whole instances, whole builds. This is what a log keeps and
/// what Apply takes, now or in a replay; applying it needs nothing of the command that led to it.
/// </summary>
internal sealed class ApplicationChange
{
    public required QualifiedName Application { get; init; }

    public ChangeCause Cause { get; init; }

    /// <summary>Instances that appear or are replaced, in ordinal order of their ids.</summary>
    public ImmutableArray<Instance> Upserts { get; init; } = [];

    /// <summary>Ids of instances that leave, in ordinal order; none of them is among the upserts.</summary>
    public ImmutableArray<string> Removals { get; init; } = [];

    /// <summary>Builds that are declared, in ordinal order of their ids.</summary>
    public ImmutableArray<Build> BuildsAdded { get; init; } = [];

    /// <summary>Ids of builds that leave, in ordinal order.</summary>
    public ImmutableArray<string> BuildsRemoved { get; init; } = [];

    public bool IsEmpty => Upserts.IsEmpty && Removals.IsEmpty && BuildsAdded.IsEmpty && BuildsRemoved.IsEmpty;
}

/// <summary>Why a change was made.</summary>
internal enum ChangeCause : byte
{
    /// <summary>Somebody asked for it.</summary>
    Requested,

    /// <summary>A lease ran out.</summary>
    Expired,

    /// <summary>A lease was given back.</summary>
    Revoked,

    /// <summary>A lease became overdue, or active again.</summary>
    Suspicion,

    /// <summary>A build had no instances for its retention time.</summary>
    Retired,
}
