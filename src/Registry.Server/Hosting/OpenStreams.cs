using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Registry.Server.Hosting;

/// <summary>
/// Counts the streaming calls that are under way, so that a stop can let them end before connections are closed. The order matters.
/// Kestrel closes a connection without streams at once; one with streams gets GOAWAY, and is then closed only when its client
/// sends something, so a client that vanished would hold up the stop until its timeout.
/// </summary>
internal sealed class OpenStreams : Interceptor
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private volatile bool _draining;

    /// <summary>
    /// Whether there ever was one. Not whether there is one now: streams that end when the host is told to stop are gone from the
    /// count before their last frames have left.
    /// </summary>
    public bool EverUsed { get; private set; }

    /// <summary>Completes when there are none. Streams that begin later don't count: who is told to stop starts nothing.</summary>
    public Task DrainAsync()
    {
        // The flag first, then the count: a stream that ends between the two is seen by one of them.
        _draining = true;
        if (Interlocked.CompareExchange(ref _open, 0, 0) == 0)
            _drained.TrySetResult();
        return _drained.Task;
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter();
        try
        {
            return await continuation(requestStream, context);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter();
        try
        {
            await continuation(request, responseStream, context);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter();
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        finally
        {
            Leave();
        }
    }

    private void Enter()
    {
        Interlocked.Increment(ref _open);
        EverUsed = true;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0 && _draining)
            _drained.TrySetResult();
    }
}
