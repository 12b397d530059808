namespace Grpc.Core;

/// <summary>Short forms for <see cref="IAsyncStreamReader{T}"/>.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Waits for the next message, without a way to give up.</summary>
    /// <typeparam name="T">The message type.</typeparam>
    /// <param name="streamReader">The stream.</param>
    /// <returns>True when there is a new current message, false when the other side has ended the stream.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="streamReader"/> is <see langword="null"/>.</exception>
    /// <exception cref="RpcException">On a client: the call ended with an error.</exception>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return streamReader.MoveNext(CancellationToken.None);
    }
}
