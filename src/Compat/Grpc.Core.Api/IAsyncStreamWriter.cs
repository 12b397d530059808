namespace Grpc.Core;

/// <summary>The sending end of a stream of messages. One writer at a time: a second write must wait until the first has ended.</summary>
/// <typeparam name="T">The message type.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>How the next messages are written; <see langword="null"/> for the defaults of the call.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Sends a message. The task ends when the next one may be sent, which says nothing about arrival.</summary>
    /// <param name="message">The message.</param>
    Task WriteAsync(T message);

    /// <summary>
    /// Sends a message unless it is cancelled first. A writer that does not implement this member takes only tokens that are never
    /// cancelled.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up. As part of the message may be out by then, that ends the whole call.</param>
    /// <exception cref="NotSupportedException">The writer does not implement cancellation and the token can be cancelled.</exception>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            throw new NotSupportedException($"{GetType()} cannot cancel a write.");
        return WriteAsync(message);
    }
}
