using Grpc.Core.Internal;

namespace Grpc.Core;

/// <summary>A running call with a stream each way. Dispose it when it is no longer needed before its end.</summary>
/// <typeparam name="TRequest">The request type.</typeparam>
/// <typeparam name="TResponse">The response type.</typeparam>
public sealed class AsyncDuplexStreamingCall<TRequest, TResponse> : IDisposable
{
    private readonly CallState _state;

    /// <summary>Makes a call object; for gRPC implementations, interceptors and tests.</summary>
    /// <param name="requestStream">Takes the requests.</param>
    /// <param name="responseStream">Gives the responses.</param>
    /// <param name="responseHeadersAsync">The headers of the response.</param>
    /// <param name="getStatusFunc">Gives the status of a call that has ended.</param>
    /// <param name="getTrailersFunc">Gives the trailers of a call that has ended.</param>
    /// <param name="disposeAction">Releases the call.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public AsyncDuplexStreamingCall(
        IClientStreamWriter<TRequest> requestStream,
        IAsyncStreamReader<TResponse> responseStream,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
        : this(
            requestStream, responseStream,
            CallAccessors.HeadersOf,
            CallAccessors.StatusOf,
            CallAccessors.TrailersOf,
            CallAccessors.DisposeOf,
            new CallAccessors(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction))
    {
    }

    /// <summary>Makes a call object whose callbacks share one state, which saves a closure for each.</summary>
    /// <param name="requestStream">Takes the requests.</param>
    /// <param name="responseStream">Gives the responses.</param>
    /// <param name="responseHeadersAsync">Gives the headers of the response.</param>
    /// <param name="getStatusFunc">Gives the status of a call that has ended.</param>
    /// <param name="getTrailersFunc">Gives the trailers of a call that has ended.</param>
    /// <param name="disposeAction">Releases the call.</param>
    /// <param name="state">Is handed to each callback.</param>
    /// <exception cref="ArgumentNullException">An argument other than the state is <see langword="null"/>.</exception>
    public AsyncDuplexStreamingCall(
        IClientStreamWriter<TRequest> requestStream,
        IAsyncStreamReader<TResponse> responseStream,
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatusFunc,
        Func<object, Metadata> getTrailersFunc,
        Action<object> disposeAction,
        object state)
    {
        ArgumentNullException.ThrowIfNull(requestStream);
        ArgumentNullException.ThrowIfNull(responseStream);
        RequestStream = requestStream;
        ResponseStream = responseStream;
        _state = new CallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction, state);
    }

    /// <summary>Takes the requests.</summary>
    public IClientStreamWriter<TRequest> RequestStream { get; }

    /// <summary>Gives the responses.</summary>
    public IAsyncStreamReader<TResponse> ResponseStream { get; }

    /// <summary>
    /// The headers of the response. Ends when they arrive, which can be before the first message. For a call that fails without any, it
    /// ends with the call's error or with empty headers.
    /// </summary>
    public Task<Metadata> ResponseHeadersAsync => _state.ResponseHeadersAsync;

    /// <summary>How the call ended.</summary>
    /// <exception cref="InvalidOperationException">The call has not ended yet.</exception>
    public Status GetStatus() => _state.GetStatus();

    /// <summary>The trailers of the call; empty when the server sent none.</summary>
    /// <exception cref="InvalidOperationException">The call has not ended yet, or ended without trailers coming in.</exception>
    public Metadata GetTrailers() => _state.GetTrailers();

    /// <summary>
    /// Releases the call. One that still runs is cancelled; after one that has ended this does nothing. May be called more than once.
    /// </summary>
    public void Dispose() => _state.Dispose();
}
