using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Core.Leases;

/// <summary>
/// Looks leases up for operators, by public ids. Goes through the table, which is kept for renewals and has no order. Thread safe; takes
/// of locks only that of each lease that is shown, for as long as it takes to copy its list.
/// </summary>
internal sealed class LeaseDirectory(LeaseTable leases, LeaseClock clock, StripedTable<ApplicationSnapshot> applications)
{
    /// <summary>The leases that live, in the order of their public ids.</summary>
    /// <param name="application">Only those that hold an instance of this application; null: all.</param>
    /// <param name="after">Only ids after this one; null: from the start.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<LeaseDescription> List(QualifiedName? application, PublicLeaseId? after, int count)
    {
        // The first `count` in order without sorting them all, as in the lists of names: the heap's top is the largest of the smallest.
        var heap = new PriorityQueue<Lease, ulong>(Comparer<ulong>.Create(static (a, b) => b.CompareTo(a)));
        foreach (var lease in application is { } name ? LeasesOf(name) : leases.ReadAll())
        {
            if (lease.Word.State == LeaseState.Expired || lease.PublicId.Value <= after?.Value)
                continue;
            if (heap.Count < count)
                heap.Enqueue(lease, lease.PublicId.Value);
            else
                heap.EnqueueDequeue(lease, lease.PublicId.Value);
        }

        var page = new List<LeaseDescription>(heap.Count);
        while (heap.TryDequeue(out var lease, out _))
            page.Add(Describe(lease));
        page.Reverse();
        return page;
    }

    /// <summary>The lease whose public id begins so; or the refusal, if there is none or more than one.</summary>
    public RegistryError? TryFind(string idPrefix, out Lease? lease)
    {
        lease = null;
        if (!PublicLeaseId.TryReadRange(idPrefix, out var first, out var last))
            return RegistryError.Invalid("id", $"is not the public id of a lease, or its beginning: at most {PublicLeaseId.Digits} hex digits in lower case");
        foreach (var candidate in leases.ReadAll())
        {
            if (candidate.PublicId.Value < first.Value || candidate.PublicId.Value > last.Value || candidate.Word.State == LeaseState.Expired)
                continue;
            if (lease is not null)
            {
                return new RegistryError(
                    ErrorKind.FailedPrecondition, ErrorReasons.LeaseAmbiguous, $"id: more than one lease begins with {idPrefix}; give more of it", "id");
            }

            lease = candidate;
        }

        return lease is null
            ? new RegistryError(ErrorKind.NotFound, ErrorReasons.LeaseUnknown, $"id: no lease begins with {idPrefix}; it has expired or never was", "id")
            : null;
    }

    private IEnumerable<Lease> LeasesOf(QualifiedName application)
    {
        var ids = applications.Read(application)?.Instances.Where(static i => i.IsLeased).Select(static i => i.Lease).Distinct() ?? [];
        foreach (var id in ids)
        {
            if (leases.TryGet(id, out var lease))
                yield return lease;
        }
    }

    private LeaseDescription Describe(Lease lease)
    {
        var word = lease.Word;
        var held = lease.ReadHeld();
        Array.Sort(held, static (a, b) =>
            string.CompareOrdinal(a.Application.Namespace, b.Application.Namespace) is var byNamespace and not 0 ? byNamespace
            : string.CompareOrdinal(a.Application.Name, b.Application.Name) is var byName and not 0 ? byName
            : string.CompareOrdinal(a.Id, b.Id));
        return new LeaseDescription(
            lease.PublicId, lease.Ttl, new TimeSpan(Math.Max(0, word.Deadline - clock.Now)), word.State == LeaseState.Overdue, [.. held]);
    }
}
