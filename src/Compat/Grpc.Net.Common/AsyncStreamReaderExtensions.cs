using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>Lets a stream of messages be read with <c>await foreach</c>.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Reads a stream to its end. The stream can be read once; nothing is read before the enumeration asks for it.</summary>
    /// <typeparam name="T">The message type.</typeparam>
    /// <param name="streamReader">The stream.</param>
    /// <param name="cancellationToken">
    /// Ends the enumeration, and on a client the whole call. A token set on the enumeration counts too.
    /// </param>
    /// <returns>The messages in order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="streamReader"/> is <see langword="null"/>.</exception>
    public static IAsyncEnumerable<T> ReadAllAsync<T>(
        this IAsyncStreamReader<T> streamReader, CancellationToken cancellationToken = default)
    {
        // Apart from the iterator, whose checks would wait for the first read.
        ArgumentNullException.ThrowIfNull(streamReader);
        return Enumerate(streamReader, cancellationToken);
    }

    private static async IAsyncEnumerable<T> Enumerate<T>(
        IAsyncStreamReader<T> streamReader,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await streamReader.MoveNext(cancellationToken).ConfigureAwait(false))
            yield return streamReader.Current;
    }
}
