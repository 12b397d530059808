namespace Grpc.Core.Internal;

/// <summary>
/// Lets the call types hold one form of callbacks only: those that take a state. Callbacks without a state become the state.
/// </summary>
internal sealed class CallAccessors
{
    public static readonly Func<object, Task<Metadata>> HeadersOf = state => ((CallAccessors)state)._responseHeadersAsync;
    public static readonly Func<object, Status> StatusOf = state => ((CallAccessors)state)._getStatus();
    public static readonly Func<object, Metadata> TrailersOf = state => ((CallAccessors)state)._getTrailers();
    public static readonly Action<object> DisposeOf = state => ((CallAccessors)state)._dispose();

    private readonly Task<Metadata> _responseHeadersAsync;
    private readonly Func<Status> _getStatus;
    private readonly Func<Metadata> _getTrailers;
    private readonly Action _dispose;

    public CallAccessors(
        Task<Metadata> responseHeadersAsync, Func<Status> getStatusFunc, Func<Metadata> getTrailersFunc, Action disposeAction)
    {
        ArgumentNullException.ThrowIfNull(responseHeadersAsync);
        ArgumentNullException.ThrowIfNull(getStatusFunc);
        ArgumentNullException.ThrowIfNull(getTrailersFunc);
        ArgumentNullException.ThrowIfNull(disposeAction);
        _responseHeadersAsync = responseHeadersAsync;
        _getStatus = getStatusFunc;
        _getTrailers = getTrailersFunc;
        _dispose = disposeAction;
    }
}
