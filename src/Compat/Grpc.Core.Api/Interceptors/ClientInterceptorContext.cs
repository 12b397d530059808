namespace Grpc.Core.Interceptors;

/// <summary>The call that a client's interceptor is asked to make. Immutable; an interceptor hands on a changed one instead.</summary>
/// <typeparam name="TRequest">The request type.</typeparam>
/// <typeparam name="TResponse">The response type.</typeparam>
public struct ClientInterceptorContext<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    /// <summary>Describes a call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The authority to ask for; <see langword="null"/> for that of the channel.</param>
    /// <param name="options">What is set for this call.</param>
    public ClientInterceptorContext(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Method = method;
        Host = host;
        Options = options;
    }

    /// <summary>The method.</summary>
    public Method<TRequest, TResponse> Method { get; }

    /// <summary>The authority to ask for, or <see langword="null"/> for that of the channel.</summary>
    public string? Host { get; }

    /// <summary>What is set for this call.</summary>
    public CallOptions Options { get; }
}
