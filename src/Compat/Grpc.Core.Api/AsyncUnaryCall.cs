using System.Runtime.CompilerServices;
using Grpc.Core.Internal;

namespace Grpc.Core;

/// <summary>A running call with one request and one response. Dispose it when it is no longer needed before its end.</summary>
/// <typeparam name="TResponse">The response type.</typeparam>
public sealed class AsyncUnaryCall<TResponse> : IDisposable
{
    private readonly CallState _state;

    /// <summary>Makes a call object; for gRPC implementations, interceptors and tests.</summary>
    /// <param name="responseAsync">The response.</param>
    /// <param name="responseHeadersAsync">The headers of the response.</param>
    /// <param name="getStatusFunc">Gives the status of a call that has ended.</param>
    /// <param name="getTrailersFunc">Gives the trailers of a call that has ended.</param>
    /// <param name="disposeAction">Releases the call.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
        : this(
            responseAsync,
            CallAccessors.HeadersOf,
            CallAccessors.StatusOf,
            CallAccessors.TrailersOf,
            CallAccessors.DisposeOf,
            new CallAccessors(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction))
    {
    }

    /// <summary>Makes a call object whose callbacks share one state, which saves a closure for each.</summary>
    /// <param name="responseAsync">The response.</param>
    /// <param name="responseHeadersAsync">Gives the headers of the response.</param>
    /// <param name="getStatusFunc">Gives the status of a call that has ended.</param>
    /// <param name="getTrailersFunc">Gives the trailers of a call that has ended.</param>
    /// <param name="disposeAction">Releases the call.</param>
    /// <param name="state">Is handed to each callback.</param>
    /// <exception cref="ArgumentNullException">An argument other than the state is <see langword="null"/>.</exception>
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatusFunc,
        Func<object, Metadata> getTrailersFunc,
        Action<object> disposeAction,
        object state)
    {
        ArgumentNullException.ThrowIfNull(responseAsync);
        ResponseAsync = responseAsync;
        _state = new CallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction, state);
    }

    /// <summary>The response. Fails with <see cref="RpcException"/> when the call does not succeed.</summary>
    public Task<TResponse> ResponseAsync { get; }

    /// <summary>
    /// The headers of the response. Ends when they arrive, which can be before the first message. For a call that fails without any, it
    /// ends with the call's error or with empty headers.
    /// </summary>
    public Task<Metadata> ResponseHeadersAsync => _state.ResponseHeadersAsync;

    /// <summary>Lets the call itself be awaited for its response.</summary>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <summary>Lets the call itself be awaited for its response, with a choice of where the code goes on.</summary>
    /// <param name="continueOnCapturedContext">Whether to go on in the context that awaits.</param>
    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext) =>
        ResponseAsync.ConfigureAwait(continueOnCapturedContext);

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
