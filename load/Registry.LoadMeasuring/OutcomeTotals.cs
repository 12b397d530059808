namespace Registry.LoadMeasuring;

/// <summary>What <see cref="OutcomeCounters"/> counted up to a moment.</summary>
/// <param name="Begun">Attempts that began. At rest, this is <paramref name="Ok"/> plus <paramref name="Failed"/>.</param>
/// <param name="Ok">Attempts that ended well.</param>
/// <param name="Failed">Attempts that failed: the sum of <paramref name="FailedByKind"/>.</param>
/// <param name="FailedByKind">Failures by kind.</param>
public sealed record OutcomeTotals(long Begun, long Ok, long Failed, IReadOnlyDictionary<string, long> FailedByKind)
{
    /// <summary>Attempts that began and have not ended; never negative.</summary>
    public long Open => Begun - Ok - Failed;
}
