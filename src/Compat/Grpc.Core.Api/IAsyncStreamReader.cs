namespace Grpc.Core;

/// <summary>The receiving end of a stream of messages. One reader at a time: a second read must wait until the first has ended.</summary>
/// <typeparam name="T">The message type.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> fetched. Without one that returned true there is none.</summary>
    T Current { get; }

    /// <summary>Waits for the next message.</summary>
    /// <param name="cancellationToken">Gives up waiting. On a client that ends the whole call.</param>
    /// <returns>True when <see cref="Current"/> is a new message, false when the other side has ended the stream.</returns>
    /// <exception cref="RpcException">On a client: the call ended with an error.</exception>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
