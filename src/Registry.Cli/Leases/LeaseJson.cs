using System.Collections.Immutable;

namespace Registry.Cli.Leases;

/// <summary>What <c>lease list --output json</c> writes: one document, sorted by id.</summary>
internal sealed record LeasesJson(ImmutableArray<LeaseJson> Leases);

/// <summary>One lease.</summary>
/// <param name="Id">Its public id: enough to revoke it, not to renew it.</param>
/// <param name="State"><c>ACTIVE</c> or <c>OVERDUE</c>.</param>
/// <param name="TtlMillis">Its time to live.</param>
/// <param name="RemainingMillis">Until it is due; of an overdue one until its protection ends.</param>
/// <param name="InstanceCount">How many instances hang on it.</param>
/// <param name="Instances">At most 100 of them.</param>
internal sealed record LeaseJson(
    string Id, string State, long TtlMillis, long RemainingMillis, uint InstanceCount, ImmutableArray<HeldInstanceJson> Instances);

/// <summary>An instance that hangs on a lease.</summary>
internal sealed record HeldInstanceJson(string Namespace, string Application, string Id);

/// <summary>What <c>lease revoke --output json</c> writes: one document.</summary>
/// <param name="Id">The whole public id.</param>
/// <param name="Removed">How many instances are gone by it.</param>
/// <param name="Revision">The newest revision of the removals; 0: it held nothing.</param>
internal sealed record RevokedJson(string Id, uint Removed, long Revision);
