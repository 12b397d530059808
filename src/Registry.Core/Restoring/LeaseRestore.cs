using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Tables;

namespace Registry.Core.Restoring;

/// <summary>
/// Rebuilds the leases from the instances that name them. A lease without an instance is not in the log and is gone: its holder learns it
/// from its next renewal.
/// </summary>
internal static class LeaseRestore
{
    /// <summary>Puts the leases into their table, each with its instances, and returns them.</summary>
    public static List<RestoredLease> Run(StripedTable<ApplicationSnapshot> applications, LeaseTable leases, long now)
    {
        var restored = new Dictionary<LeaseId, RestoredLease>();
        foreach (var application in applications.ReadAll())
        {
            foreach (var instance in application.Instances.Where(instance => instance.IsLeased))
            {
                if (!restored.TryGetValue(instance.Lease, out var known))
                {
                    var lease = new Lease(instance.Lease, instance.LeaseTtl, instance.Owner, now);
                    leases.AddRestored(lease);
                    known = new RestoredLease(lease, HasSuspects: false);
                }

                restored[instance.Lease] = known with { HasSuspects = known.HasSuspects || instance.IsSuspect };
                using var held = known.Lease.EnterForAttach();
                known.Lease.AttachUnderLeaf(application.Name, instance.Id, instance.Incarnation);
            }
        }

        return [.. restored.Values];
    }
}

/// <summary>A lease from before the restart.</summary>
/// <param name="Lease">The lease. It is active, whatever it was: its holder could not renew while nobody was there.</param>
/// <param name="HasSuspects">Some of its instances are marked suspect, and have to become up again.</param>
internal readonly record struct RestoredLease(Lease Lease, bool HasSuspects);
