namespace Grpc.Core;

/// <summary>A server's sending end of a stream of messages. The stream ends when the handler does.</summary>
/// <typeparam name="T">The message type.</typeparam>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;
