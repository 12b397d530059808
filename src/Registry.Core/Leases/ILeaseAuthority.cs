namespace Registry.Core.Leases;

/// <summary>
/// Who may say that a lease exists, and that it has expired. On one machine that is the lease's own word, at once; in a cluster
/// both are transactions, because another node may have adopted the lease. Hence tasks.
/// </summary>
internal interface ILeaseAuthority
{
    /// <summary>Makes a new lease known. A refusal is a value.</summary>
    ValueTask<RegistryError?> GrantAsync(Lease lease, CancellationToken cancellationToken);

    /// <summary>Claims that a lease is over, if its word is still what was seen. False: it was renewed (or ended) meanwhile.</summary>
    ValueTask<bool> ClaimExpiredAsync(Lease lease, LeaseWord seen, CancellationToken cancellationToken);
}

/// <summary>The authority of one machine.</summary>
internal sealed class LocalLeaseAuthority(LeaseTable leases, int maxLeases) : ILeaseAuthority
{
    public ValueTask<RegistryError?> GrantAsync(Lease lease, CancellationToken cancellationToken) =>
        new(leases.TryAdd(lease)
            ? null
            : new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LimitLeases, $"there are {maxLeases} leases, which is the limit"));

    public ValueTask<bool> ClaimExpiredAsync(Lease lease, LeaseWord seen, CancellationToken cancellationToken) =>
        new(lease.TryChange(seen, new LeaseWord(seen.Deadline, LeaseState.Expired)));
}
