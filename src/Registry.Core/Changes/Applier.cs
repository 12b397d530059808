using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics;
using Registry.Core.Instances;
using Registry.Core.Interleaving;
using Registry.Core.Leases;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Core.Changes;

/// <summary>
/// Apply: the only code that changes the tables. Deterministic in (tables, change, revision); what orders changes on one machine, a
/// replay and a cluster's applier all come through here.
/// </summary>
internal sealed class Applier(
    StripedTable<MappingSnapshot> interfaces, CommitSection commits, IEnumerable<string> unmapped)
{
    private readonly FrozenSet<string> _unmapped = unmapped.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>
    /// Builds and commits. The caller holds the application's stripe. Null: <paramref name="attachTo"/> has expired meanwhile, and
    /// nothing was changed.
    /// </summary>
    /// <param name="entry">The application's place in the table.</param>
    /// <param name="change">What to do; not empty.</param>
    /// <param name="attachTo">The lease that the upserts hang on from now on; null: none of them changes its lease.</param>
    /// <param name="now">The lease clock's time: attaching to an overdue lease renews it.</param>
    /// <param name="reservedBytes">Room in the log's queue that the caller has reserved.</param>
    /// <param name="revision">The revision that another orderer gave; null: the next one.</param>
    public AppliedChange? ApplyUnderStripe(
        StripedTable<ApplicationSnapshot>.Entry entry, ApplicationChange change, Lease? attachTo, long now, int reservedBytes, long? revision = null)
    {
        Debug.Assert(!change.IsEmpty);
        var prepared = new PreparedChange(change, entry, _unmapped);
        YieldPoint.Reach(YieldPoint.Built);
        if (prepared.Edits.IsEmpty)
        {
            prepared.Seal();
            return Commit(prepared, attachTo, now, reservedBytes, revision);
        }

        var stripes = FindStripes(change.Application.Namespace, prepared.Edits);
        var entered = 0;
        try
        {
            for (; entered < stripes.Length; entered++)
                stripes[entered].EnterOfMany();

            foreach (var edit in prepared.Edits)
            {
                var key = new QualifiedName(change.Application.Namespace, edit.Interface);
                prepared.AddMapping(interfaces.StripeOf(key).FindOrAdd(key, MappingSnapshot.Absent), edit);
            }

            YieldPoint.Reach(YieldPoint.Mapped);
            prepared.Seal();
            var applied = Commit(prepared, attachTo, now, reservedBytes, revision);
            if (applied is null)
                ForgetNewEntries(change.Application.Namespace, prepared.Edits);
            return applied;
        }
        finally
        {
            while (entered > 0)
                stripes[--entered].LeaveOfMany();
        }
    }

    private AppliedChange? Commit(PreparedChange prepared, Lease? attachTo, long now, int reservedBytes, long? revision)
    {
        if (attachTo is null)
            return new AppliedChange(prepared, commits.Commit(prepared, reservedBytes, revision), EndedSuspicion: false);

        using var held = attachTo.EnterForAttach();
        var wasOverdue = false;
        if (attachTo.Word.State != LeaseState.Active && !attachTo.TryRenew(now, out wasOverdue))
            return null;
        YieldPoint.Reach(YieldPoint.AttachChecked);
        var committed = commits.Commit(prepared, reservedBytes, revision);
        foreach (var instance in prepared.Change.Upserts)
            attachTo.AttachUnderLeaf(prepared.Change.Application, instance.Id, instance.Incarnation);
        return new AppliedChange(prepared, committed, wasOverdue);
    }

    // Distinct and ascending: the order in which every writer takes them.
    private StripedTable<MappingSnapshot>.Stripe[] FindStripes(string @namespace, ImmutableArray<MappingEdit> edits)
    {
        var stripes = new StripedTable<MappingSnapshot>.Stripe[edits.Length];
        for (var i = 0; i < stripes.Length; i++)
            stripes[i] = interfaces.StripeOf(new QualifiedName(@namespace, edits[i].Interface));
        stripes.AsSpan().Sort(static (a, b) => a.Index - b.Index);

        var distinct = 1;
        for (var i = 1; i < stripes.Length; i++)
        {
            if (stripes[i] != stripes[distinct - 1])
                stripes[distinct++] = stripes[i];
        }

        Array.Resize(ref stripes, distinct);
        return stripes;
    }

    private void ForgetNewEntries(string @namespace, ImmutableArray<MappingEdit> edits)
    {
        foreach (var edit in edits)
        {
            var key = new QualifiedName(@namespace, edit.Interface);
            var stripe = interfaces.StripeOf(key);
            if (stripe.Find(key) is { Current: { IsAbsent: true, Revision: 0 } })
                stripe.Remove(key);
        }
    }
}

/// <summary>A change that was committed.</summary>
/// <param name="Prepared">What was built and is visible now.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="EndedSuspicion">Attaching renewed an overdue lease, whose other instances have to become up again.</param>
internal sealed record AppliedChange(PreparedChange Prepared, long Revision, bool EndedSuspicion);
