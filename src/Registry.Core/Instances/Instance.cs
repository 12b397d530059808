using System.Diagnostics;
using Registry.Core.Leases;

namespace Registry.Core.Instances;

/// <summary>An instance as the registry holds it. Immutable once published. Thread safe.</summary>
public sealed class Instance
{
    internal Instance(
        InstanceDeclaration declaration, LeaseId lease, TimeSpan leaseTtl, string owner, long incarnation, bool isSuspect, string holder = "")
    {
        Debug.Assert(holder.Length == 0 || (lease == default && !isSuspect), "a lease or a holder, and only a lease can be overdue");
        Declaration = declaration;
        Lease = lease;
        LeaseTtl = leaseTtl;
        Owner = owner;
        Incarnation = incarnation;
        IsSuspect = isSuspect;
        Holder = holder;
    }

    /// <summary>Names the instance within its application.</summary>
    public string Id => Declaration.Id;

    /// <summary>What its owner declared.</summary>
    public InstanceDeclaration Declaration { get; }

    /// <summary>What consumers see.</summary>
    public InstanceState State => Declaration.State switch
    {
        DeclaredState.Up => IsSuspect ? InstanceState.Suspect : InstanceState.Up,
        DeclaredState.Draining => InstanceState.Draining,
        _ => InstanceState.Down,
    };

    /// <summary>
    /// The name under which it was registered without a lease. It never becomes suspect then and never expires: only a deregister
    /// removes it. Empty: it hangs on a lease.
    /// </summary>
    public string Holder { get; }

    /// <summary>The revision at which this life began, (instance, lease or holder). Grows when another one takes the id over.</summary>
    public long Incarnation { get; private set; }

    /// <summary>The revision of the last change of this instance.</summary>
    public long Revision { get; private set; }

    /// <summary>The identity that registered it; empty: the anonymous one.</summary>
    internal string Owner { get; }

    /// <summary>
    /// The lease that keeps it; default, which is no lease's, if it has a holder. Never shown to consumers: who knows a lease's id can
    /// renew it.
    /// </summary>
    internal LeaseId Lease { get; }

    /// <summary>A lease keeps it, and no holder.</summary>
    internal bool IsLeased => Holder.Length == 0;

    /// <summary>The lease's TTL, so that the lease can be rebuilt from this instance alone. Zero without a lease.</summary>
    internal TimeSpan LeaseTtl { get; }

    /// <summary>The lease is overdue and protected.</summary>
    internal bool IsSuspect { get; }

    internal Instance With(InstanceDeclaration declaration) => new(declaration, Lease, LeaseTtl, Owner, Incarnation, IsSuspect, Holder);

    internal Instance WithSuspect(bool isSuspect) => new(Declaration, Lease, LeaseTtl, Owner, Incarnation, isSuspect, Holder);

    // Called inside the commit section, before the instance can be seen by anybody else. An incarnation that is not known
    // yet is this revision.
    internal void Stamp(long revision)
    {
        Debug.Assert(Revision == 0, "an instance is stamped once");
        Revision = revision;
        if (Incarnation == 0)
            Incarnation = revision;
    }
}
