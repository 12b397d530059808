using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Registry.Client.Connecting;

/// <summary>Gives every unary call a deadline that has none, so that no call can wait for ever by oversight.</summary>
internal sealed class DeadlineInterceptor(TimeSpan timeout) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        if (context.Options.Deadline is null)
        {
            // A deadline is a point on the wall clock that gRPC itself reads; a driven clock would put it in its past.
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + timeout;
            context = new ClientInterceptorContext<TRequest, TResponse>(
                context.Method, context.Host, context.Options.WithDeadline(deadline));
        }

        return continuation(request, context);
    }
}
