using Grpc.Core.Interceptors;

namespace Grpc.Core.Internal;

/// <summary>Gives every call of a client the same authority.</summary>
internal sealed class HostInterceptor(string host) : ContextInterceptor
{
    protected override ClientInterceptorContext<TRequest, TResponse> Change<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context) => new(context.Method, host, context.Options);
}
