using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>Removes what an ended lease still holds of one application. An instance that another lease has taken over stays.</summary>
internal sealed class RemoveHeldCommand(QualifiedName application, Lease lease, ImmutableArray<string> ids, ChangeCause cause)
    : Command(application, lease.Owner)
{
    private protected override int Measure() => base.Measure() + ids.Sum(static id => id.Length + 16);

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        var removals = ImmutableArray.CreateBuilder<string>(ids.Length);
        foreach (var id in ids)
        {
            if (current.TryGetInstance(id, out var instance) && instance.Lease == lease.Id)
                removals.Add(id);
        }

        removals.Sort(StringComparer.Ordinal);
        return Decision.Make(new ApplicationChange { Application = Application, Cause = cause, Removals = removals.DrainToImmutable() });
    }
}
