using Grpc.Core;

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
/// <param name="kind">Which way.</param>
/// <param name="message">In words.</param>
/// <param name="status">The status of the call, if it was one that ended it.</param>
internal sealed class LoadException(FailureKind kind, string message, StatusCode? status = null) : Exception(message)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>The status of the call; null: it was not a status.</summary>
    public StatusCode? Status { get; } = status;

    /// <summary>What it is counted under.</summary>
    public string Name => Status is { } status ? $"{Kind} {status}" : Kind.ToString();
}
