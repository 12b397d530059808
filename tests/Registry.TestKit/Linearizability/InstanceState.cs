using System.Collections.Immutable;

namespace Registry.TestKit.Linearizability;

/// <summary>One instance and the leases that it may hang on, as the model sees them. Immutable.</summary>
/// <param name="Lease">The lease that it hangs on, as an index; -1: it is absent.</param>
/// <param name="Incarnation">This life; 0: not known, because the answer to the register that began it never came.</param>
/// <param name="Revision">The last change; 0: not known.</param>
/// <param name="Content">What was written last.</param>
/// <param name="Newest">The newest revision that anybody was told: what comes is newer.</param>
/// <param name="Leases">Of each lease: the earliest time at which it may end; -t: it has ended, and it was t when that was over.</param>
public sealed record InstanceState(int Lease, long Incarnation, long Revision, string Content, long Newest, ImmutableArray<long> Leases)
{
    public bool IsThere => Lease >= 0;

    public InstanceState Absent() => this with { Lease = -1, Incarnation = 0, Revision = 0, Content = "" };

    public bool Equals(InstanceState? other) =>
        other is not null && Lease == other.Lease && Incarnation == other.Incarnation && Revision == other.Revision && Newest == other.Newest
        && Content == other.Content && Leases.AsSpan().SequenceEqual(other.Leases.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Lease, Incarnation, Revision, Content, Newest);
}
