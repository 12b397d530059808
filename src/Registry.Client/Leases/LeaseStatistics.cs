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
    long FailedRegistrations)
{
    public static LeaseStatistics operator +(LeaseStatistics left, LeaseStatistics right) => new(
        left.Grants + right.Grants,
        left.FailedGrants + right.FailedGrants,
        left.Renewals + right.Renewals,
        left.FailedRenewals + right.FailedRenewals,
        left.Registrations + right.Registrations,
        left.FailedRegistrations + right.FailedRegistrations);
}
