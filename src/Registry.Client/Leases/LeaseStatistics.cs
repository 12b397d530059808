namespace Registry.Client.Leases;

/// <summary>
/// What a holder has tried and what failed of it. An attempt counts when it starts; a failure when it ends in an error,
/// LEASE_UNKNOWN too. What was cancelled because the holder stops is an attempt and no failure.
/// </summary>
internal sealed record LeaseStatistics(
    long Grants,
    long FailedGrants,
    long Renewals,
    long FailedRenewals,
    long Registrations,
    long FailedRegistrations);
