using Grpc.Core;
using Grpc.Core.Interceptors;
using Registry.Server.Errors;

namespace Registry.Server.Hosting;

/// <summary>
/// What a service did not foresee. The client gets INTERNAL and a sentence that gives nothing away; the exception goes to the log,
/// once. A <see cref="RpcException"/> is an answer and passes untouched.
/// </summary>
internal sealed partial class UnexpectedErrors(ILogger<UnexpectedErrors> logger) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Answer(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(new ReceivedMessages<TRequest>(requestStream), context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Answer(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Answer(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(new ReceivedMessages<TRequest>(requestStream), responseStream, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Answer(error, context);
        }
    }

    private RpcException Answer(Exception error, ServerCallContext context)
    {
        // The client hung up, or its deadline passed: whatever broke then broke because of that, and nobody reads the status.
        if (context.CancellationToken.IsCancellationRequested)
            return new(new(StatusCode.Cancelled, "the call was cancelled"));

        // Services are made when they are first called, and those that need the registry can't be made before it is there.
        if (error is NotReadyException notReady)
            return notReady.Error.ToRpcException();

        Log.Unexpected(logger, error, context.Method);
        return new(new(StatusCode.Internal, "internal error; the server's log has more"));
    }

    // What breaks while a message is read is the client's doing: it sent something else, or reset its stream. The call's token learns
    // of a reset a moment after the read does, so in between a client that left would look like a server that is broken. Who left
    // does not read this status, who stayed sent what can't be read. (For the message of a unary call see MalformedRequests.)
    private sealed class ReceivedMessages<T>(IAsyncStreamReader<T> messages) : IAsyncStreamReader<T>
    {
        public T Current => messages.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            try
            {
                return await messages.MoveNext(cancellationToken);
            }
            catch (Exception unreadable) when (unreadable is IOException or InvalidDataException)
            {
                throw new RpcException(new(StatusCode.Internal, MalformedRequests.Message));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} failed in a way that nobody foresaw", EventName = "CallFailed")]
        public static partial void Unexpected(ILogger logger, Exception error, string method);
    }
}
