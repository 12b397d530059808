namespace Registry.Core.Leases;

/// <summary>The answer to a grant.</summary>
/// <param name="Refusal">Null: granted.</param>
/// <param name="Id">The lease.</param>
/// <param name="Ttl">Its time to live.</param>
public readonly record struct LeaseGrant(RegistryError? Refusal, LeaseId Id, TimeSpan Ttl);

/// <summary>The answer to a renewal.</summary>
/// <param name="Refusal">Null: renewed.</param>
/// <param name="Ttl">The time to live that counts from now.</param>
/// <param name="Lost">Instances that the lease once held and holds no more, though its holder did not remove them.</param>
public readonly record struct LeaseRenewal(RegistryError? Refusal, TimeSpan Ttl, IReadOnlyList<LostInstance> Lost);

/// <summary>The answer to a revocation.</summary>
/// <param name="Refusal">Null: the lease is over, and what it held is gone.</param>
/// <param name="Revision">The newest revision of the removals; 0: there were none.</param>
/// <param name="Removed">How many instances left.</param>
public readonly record struct LeaseRevocation(RegistryError? Refusal, long Revision, int Removed);
