using Grpc.Core.Interceptors;

namespace Grpc.Core.Internal;

/// <summary>Sends every call's headers through a function.</summary>
internal sealed class MetadataInterceptor(Func<Metadata, Metadata> change) : ContextInterceptor
{
    protected override ClientInterceptorContext<TRequest, TResponse> Change<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context) =>
        new(context.Method, context.Host, context.Options.WithHeaders(change(context.Options.Headers ?? [])));
}
