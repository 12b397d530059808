using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>
/// Makes the instances of a lease suspect, or up again. It carries no value on purpose: under the stripe it looks at the lease's
/// word as it is now. The story that this prevents: the expiry marks the lease overdue and sends "suspect"; a renewal makes it
/// active again and sends "up"; "up" is applied first, then the late "suspect", and a healthy instance stays suspect until its
/// lease dies. Whoever changes the word sends one of these afterwards, so the last one to run sees the last word.
/// </summary>
internal sealed class RefreshSuspicionCommand(QualifiedName application, Lease lease, ImmutableArray<string> ids)
    : Command(application, lease.Owner)
{
    private protected override int Measure() => base.Measure() + (ids.Length * InstanceRules.MaxInstanceSize / 4);

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        var state = lease.Word.State;
        if (state == LeaseState.Expired)
            return Decision.Nothing;
        var upserts = ImmutableArray.CreateBuilder<Instance>(ids.Length);
        foreach (var id in ids)
        {
            if (current.TryGetInstance(id, out var instance) && instance.Lease == lease.Id && instance.IsSuspect != (state == LeaseState.Overdue))
                upserts.Add(instance.WithSuspect(!instance.IsSuspect));
        }

        upserts.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        return Decision.Make(new ApplicationChange { Application = Application, Cause = ChangeCause.Suspicion, Upserts = upserts.DrainToImmutable() });
    }
}
