namespace Grpc.Core;

/// <summary>
/// A call as its handler on the server sees it. Handed to the handler, valid until the handler ends. The public members lead to the
/// <c>Core</c> members, which a gRPC implementation or a test supplies. Not safe for concurrent use, except for
/// <see cref="CancellationToken"/>.
/// </summary>
public abstract class ServerCallContext
{
    private Dictionary<object, object>? _userState;

    /// <summary>The path of the method, for example <c>/grpc.health.v1.Health/Check</c>.</summary>
    public string Method => MethodCore;

    /// <summary>The authority that the client asked for.</summary>
    public string Host => HostCore;

    /// <summary>The client's address as a URI-like text, for example <c>ipv4:127.0.0.1:50000</c>.</summary>
    public string Peer => PeerCore;

    /// <summary>When the call ends at the latest, in UTC; <see cref="DateTime.MaxValue"/> when the client set no deadline.</summary>
    public DateTime Deadline => DeadlineCore;

    /// <summary>The headers that the client sent. They are not to be changed.</summary>
    public Metadata RequestHeaders => RequestHeadersCore;

    /// <summary>Is cancelled when the client cancels or goes away, and when the deadline passes.</summary>
    public CancellationToken CancellationToken => CancellationTokenCore;

    /// <summary>The trailers that go out when the handler ends. The handler may add to them.</summary>
    public Metadata ResponseTrailers => ResponseTrailersCore;

    /// <summary>
    /// The status that goes out when the handler ends without an exception; success unless set. Throwing an <see cref="RpcException"/>
    /// is the other way to end with an error.
    /// </summary>
    public Status Status
    {
        get => StatusCore;
        set => StatusCore = value;
    }

    /// <summary>How the next messages are written; <see langword="null"/> for the defaults.</summary>
    public WriteOptions? WriteOptions
    {
        get => WriteOptionsCore;
        set => WriteOptionsCore = value;
    }

    /// <summary>What the transport knows of the client's identity.</summary>
    public AuthContext AuthContext => AuthContextCore;

    /// <summary>A place for what interceptors and handler share during the call. Empty at first.</summary>
    public IDictionary<object, object> UserState => UserStateCore;

    /// <summary>The implementation of <see cref="Method"/>.</summary>
    protected abstract string MethodCore { get; }

    /// <summary>The implementation of <see cref="Host"/>.</summary>
    protected abstract string HostCore { get; }

    /// <summary>The implementation of <see cref="Peer"/>.</summary>
    protected abstract string PeerCore { get; }

    /// <summary>The implementation of <see cref="Deadline"/>.</summary>
    protected abstract DateTime DeadlineCore { get; }

    /// <summary>The implementation of <see cref="RequestHeaders"/>.</summary>
    protected abstract Metadata RequestHeadersCore { get; }

    /// <summary>The implementation of <see cref="CancellationToken"/>.</summary>
    protected abstract CancellationToken CancellationTokenCore { get; }

    /// <summary>The implementation of <see cref="ResponseTrailers"/>.</summary>
    protected abstract Metadata ResponseTrailersCore { get; }

    /// <summary>The implementation of <see cref="Status"/>.</summary>
    protected abstract Status StatusCore { get; set; }

    /// <summary>The implementation of <see cref="WriteOptions"/>.</summary>
    protected abstract WriteOptions? WriteOptionsCore { get; set; }

    /// <summary>The implementation of <see cref="AuthContext"/>.</summary>
    protected abstract AuthContext AuthContextCore { get; }

    /// <summary>The implementation of <see cref="UserState"/>. Unless overridden: a dictionary made at the first use.</summary>
    protected virtual IDictionary<object, object> UserStateCore => _userState ??= [];

    /// <summary>Sends the headers of the response now, before the first message. Only once, and not after the first message.</summary>
    /// <param name="responseHeaders">Headers in addition to the ones of the protocol.</param>
    /// <exception cref="InvalidOperationException">Headers have gone out already.</exception>
    public Task WriteResponseHeadersAsync(Metadata responseHeaders) => WriteResponseHeadersAsyncCore(responseHeaders);

    /// <summary>Makes a token for calls on behalf of this one. Not every gRPC implementation supports it.</summary>
    /// <param name="options">What those calls take over; <see langword="null"/> for everything.</param>
    public ContextPropagationToken CreatePropagationToken(ContextPropagationOptions? options = null) => CreatePropagationTokenCore(options);

    /// <summary>The implementation of <see cref="WriteResponseHeadersAsync"/>.</summary>
    /// <param name="responseHeaders">Headers in addition to the ones of the protocol.</param>
    protected abstract Task WriteResponseHeadersAsyncCore(Metadata responseHeaders);

    /// <summary>The implementation of <see cref="CreatePropagationToken"/>.</summary>
    /// <param name="options">What the other calls take over; <see langword="null"/> for everything.</param>
    protected abstract ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options);
}
