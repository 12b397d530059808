namespace Registry.LoadTests.Leases;

/// <summary>
/// What a client knows of the time of its lease. The server counts from when it got a request, which was after it was sent and before it
/// was answered: so there is a moment before which the lease can't have run out, and one by which it must have. All in milliseconds of
/// the recorder's clock. Written by the client that holds the lease; read by others when that is at rest.
/// </summary>
internal sealed class KnownLease
{
    private readonly long _ttl;
    private long? _lapsedFrom;

    /// <param name="asked">When it was asked for.</param>
    /// <param name="answered">When it was granted, as the client saw it.</param>
    /// <param name="ttlMillis">How long it lasts without a renewal.</param>
    public KnownLease(long asked, long answered, long ttlMillis)
    {
        _ttl = ttlMillis;
        Asked = asked;
        LatestDeadline = answered + ttlMillis;
    }

    /// <summary>When the last renewal that was acknowledged had been asked for.</summary>
    public long Asked { get; private set; }

    /// <summary>It can't have run out before: a renewal that is acknowledged has found the lease alive.</summary>
    public long Deadline => Asked + _ttl;

    /// <summary>It has run out by then, if the server's protection does not hold it.</summary>
    public long LatestDeadline { get; private set; }

    /// <summary>It can't have been overdue before. Earlier than <see cref="Deadline"/> if a renewal came late and was taken all the same.</summary>
    public long OverdueFrom => _lapsedFrom ?? Deadline;

    /// <summary>A renewal was acknowledged.</summary>
    public void Renewed(long asked, long answered)
    {
        if (answered >= Deadline)
            _lapsedFrom ??= Deadline;
        Asked = asked;
        LatestDeadline = answered + _ttl;
    }
}
