namespace Registry.Client.Leases;

/// <summary>How a lease is held.</summary>
internal sealed record LeaseOptions
{
    /// <summary>How long the server waits for a renewal. Zero (the default): the server's default, 15 s. Else 1 s to 24 h.</summary>
    public TimeSpan TimeToLive { get; init; }

    /// <summary>The shortest wait before a failed call is tried again. Default 100 ms.</summary>
    public TimeSpan ShortestRetry { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest such wait. Default 3 s. A renewal waits no longer than a third of the time to live.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(3);
}
