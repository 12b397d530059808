namespace Grpc.Core;

/// <summary>
/// Learns the methods of a service, one by one, from the generated <c>BindService</c>. A server implements the overloads that it
/// supports; the others throw.
/// </summary>
public abstract class ServiceBinderBase
{
    /// <summary>Learns a method with one request and one response.</summary>
    /// <typeparam name="TRequest">The request type.</typeparam>
    /// <typeparam name="TResponse">The response type.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Handles its calls; <see langword="null"/> when only the description is wanted.</param>
    /// <exception cref="NotSupportedException">The server does not implement this kind.</exception>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw Unsupported(MethodType.Unary);

    /// <summary>Learns a method with a stream of requests and one response.</summary>
    /// <typeparam name="TRequest">The request type.</typeparam>
    /// <typeparam name="TResponse">The response type.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Handles its calls; <see langword="null"/> when only the description is wanted.</param>
    /// <exception cref="NotSupportedException">The server does not implement this kind.</exception>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw Unsupported(MethodType.ClientStreaming);

    /// <summary>Learns a method with one request and a stream of responses.</summary>
    /// <typeparam name="TRequest">The request type.</typeparam>
    /// <typeparam name="TResponse">The response type.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Handles its calls; <see langword="null"/> when only the description is wanted.</param>
    /// <exception cref="NotSupportedException">The server does not implement this kind.</exception>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw Unsupported(MethodType.ServerStreaming);

    /// <summary>Learns a method with a stream each way.</summary>
    /// <typeparam name="TRequest">The request type.</typeparam>
    /// <typeparam name="TResponse">The response type.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Handles its calls; <see langword="null"/> when only the description is wanted.</param>
    /// <exception cref="NotSupportedException">The server does not implement this kind.</exception>
    public virtual void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        where TRequest : class
        where TResponse : class => throw Unsupported(MethodType.DuplexStreaming);

    private NotSupportedException Unsupported(MethodType type) => new($"{GetType()} does not support {type} methods.");
}
