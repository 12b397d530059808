namespace Registry.LoadTests.Visits;

/// <summary>One of the interfaces that visitors share, and the application that has always served it. Thread safe.</summary>
internal sealed class Place(int number)
{
    private long _acknowledged;

    /// <summary>The shared interface.</summary>
    public string Interface { get; } = $"load.Shared{number}";

    /// <summary>The application that serves it from the start to the end, and is updated all the time.</summary>
    public string Host { get; } = $"host-{number}";

    /// <summary>Its one instance.</summary>
    public const string HostInstance = "h";

    /// <summary>The newest acknowledged revision of a change here: whoever asks after it must not be told an older state.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public void Acknowledge(long revision)
    {
        for (var seen = Acknowledged; revision > seen; seen = Acknowledged)
            Interlocked.CompareExchange(ref _acknowledged, revision, seen);
    }
}
