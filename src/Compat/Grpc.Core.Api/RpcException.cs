using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>
/// A call that did not end with <see cref="StatusCode.OK"/>. A client gets it thrown; a server throws it to choose the status and
/// the trailers that the client sees.
/// </summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Each needs a status.")]
public class RpcException : Exception
{
    /// <summary>Makes the exception with a message derived from the status, and no trailers.</summary>
    /// <param name="status">How the call ended.</param>
    public RpcException(Status status)
        : this(status, Metadata.Empty, status.ToString())
    {
    }

    /// <summary>Makes the exception with a message of its own, and no trailers.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="message">The exception's message. It stays local: the wire carries <see cref="Status.Detail"/>.</param>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>Makes the exception with trailers and a message derived from the status.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="trailers">What the trailers carry besides the status.</param>
    /// <exception cref="ArgumentNullException"><paramref name="trailers"/> is <see langword="null"/>.</exception>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>Makes the exception with trailers and a message of its own.</summary>
    /// <param name="status">How the call ended; its <see cref="Status.DebugException"/> becomes the inner exception.</param>
    /// <param name="trailers">What the trailers carry besides the status.</param>
    /// <param name="message">The exception's message. It stays local: the wire carries <see cref="Status.Detail"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="trailers"/> is <see langword="null"/>.</exception>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        Status = status;
        Trailers = trailers;
    }

    /// <summary>How the call ended.</summary>
    public Status Status { get; }

    /// <summary>The code within <see cref="Status"/>, short enough for an exception filter.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The trailers; empty when there are none, never <see langword="null"/>.</summary>
    public Metadata Trailers { get; }
}
