namespace Grpc.Core;

/// <summary>A client's sending end of a stream of messages.</summary>
/// <typeparam name="T">The message type.</typeparam>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Ends the stream. Nothing can be written afterwards; reading responses goes on.</summary>
    Task CompleteAsync();
}
