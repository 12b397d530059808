using Grpc.Core;
using Polly;

namespace Registry.Client.Connecting;

/// <summary>
/// Sends each unary call to the server that is current, and tells the pool how it went. With a pipeline, a call that fails in passing is
/// tried again, on the next server if there is one. Streams are opened by who holds them.
/// </summary>
/// <param name="pool">The servers.</param>
/// <param name="timeout">The deadline of a call that states none, over all of its attempts.</param>
/// <param name="retries">Null: one attempt, for callers that have reasons of their own to try again.</param>
internal sealed class PoolInvoker(ServerPool pool, TimeSpan timeout, ResiliencePipeline? retries = null) : CallInvoker
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        // A deadline is a point on the wall clock that gRPC itself reads; a driven clock would put it in its past.
        var bounded = options.Deadline is null ? options.WithDeadline(TimeProvider.System.GetUtcNow().UtcDateTime + timeout) : options;
        var answer = retries is null
            ? AttemptAsync(method, host, bounded, request)
            : retries.ExecuteAsync(
                async _ => await AttemptAsync(method, host, bounded, request).ConfigureAwait(false), options.CancellationToken).AsTask();
        return new AsyncUnaryCall<TResponse>(
            answer, Task.FromResult(Metadata.Empty), () => Status.DefaultSuccess, () => Metadata.Empty, () => { });
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException("calls to the registry are asynchronous");

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw StreamsAreOpenedByTheirHolder();

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw StreamsAreOpenedByTheirHolder();

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw StreamsAreOpenedByTheirHolder();

    private async Task<TResponse> AttemptAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        where TRequest : class
        where TResponse : class
    {
        var server = pool.Begin();
        try
        {
            using var call = server.Connection.Invoker.AsyncUnaryCall(method, host, options, request);
            var answer = await call.ResponseAsync.ConfigureAwait(false);
            pool.Succeeded(server);
            return answer;
        }
        catch (RpcException exception)
        {
            var fault = RegistryFault.From(exception);
            if (fault.IsTransient && !options.CancellationToken.IsCancellationRequested)
            {
                pool.Failed(server, fault);
            }
            else
            {
                pool.Succeeded(server);
            }

            throw;
        }
    }

    private static NotSupportedException StreamsAreOpenedByTheirHolder() => new("streams are opened on a server's own connection");
}
