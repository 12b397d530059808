namespace Registry.LoadTests.Failures;

/// <summary>What went wrong in an attempt, and by that whose fault it may be.</summary>
internal enum FailureKind
{
    /// <summary>This side had no port, file or address left: says nothing about the server.</summary>
    Generator,

    /// <summary>The server took no connection.</summary>
    ConnectionRefused,

    /// <summary>The connection ended before the attempt did.</summary>
    ConnectionLost,

    /// <summary>A call ended with another status than OK.</summary>
    Refused,

    /// <summary>Nothing came in time.</summary>
    TimedOut,

    /// <summary>What came contradicts what was acknowledged before.</summary>
    WrongAnswer,
}

/// <summary>An attempt failed.</summary>
internal sealed class LoadException(FailureKind kind, string message) : Exception(message)
{
    public FailureKind Kind { get; } = kind;
}
