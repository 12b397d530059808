namespace Registry.Client.Watching;

/// <summary>How a watch behaves. The defaults suit a server with default options.</summary>
internal sealed record WatchOptions
{
    /// <summary>Who asks, for operators: program and version, at most 128 characters. Default: empty.</summary>
    public string Client { get; init; } = "";

    /// <summary>
    /// How long to wait for a Sync before the stream counts as dead. Default 30 s: three times the 10 s within which a
    /// server sends one. Time that the reader takes over a change does not count.
    /// </summary>
    public TimeSpan SignOfLife { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The shortest wait before a new attempt. Default 100 ms.</summary>
    public TimeSpan ShortestRetry { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before a new attempt. Default 5 s.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(5);
}
