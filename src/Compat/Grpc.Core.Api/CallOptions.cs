namespace Grpc.Core;

/// <summary>
/// What can be set for one call. The default value sets nothing. Each <c>With</c> member returns a changed copy and leaves the
/// original as it is.
/// </summary>
public struct CallOptions
{
    /// <summary>Makes options. What is not given is not set.</summary>
    /// <param name="headers">Headers to send; <see langword="null"/> for none.</param>
    /// <param name="deadline">When the call ends at the latest, in UTC; <see langword="null"/> for never.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="writeOptions">How messages are written; <see langword="null"/> for the defaults.</param>
    /// <param name="propagationToken">The call on whose behalf this one is made; <see langword="null"/> for none.</param>
    /// <param name="credentials">Credentials in addition to those of the channel; <see langword="null"/> for none.</param>
    public CallOptions(
        Metadata? headers = null,
        DateTime? deadline = null,
        CancellationToken cancellationToken = default,
        WriteOptions? writeOptions = null,
        ContextPropagationToken? propagationToken = null,
        CallCredentials? credentials = null)
    {
        Headers = headers;
        Deadline = deadline;
        CancellationToken = cancellationToken;
        WriteOptions = writeOptions;
        PropagationToken = propagationToken;
        Credentials = credentials;
        IsWaitForReady = false;
    }

    /// <summary>Headers to send, or <see langword="null"/>.</summary>
    public Metadata? Headers { get; private set; }

    /// <summary>When the call ends at the latest, or <see langword="null"/> for never.</summary>
    public DateTime? Deadline { get; private set; }

    /// <summary>Cancels the call.</summary>
    public CancellationToken CancellationToken { get; private set; }

    /// <summary>How messages are written, or <see langword="null"/> for the defaults.</summary>
    public WriteOptions? WriteOptions { get; private set; }

    /// <summary>The call on whose behalf this one is made, or <see langword="null"/>.</summary>
    public ContextPropagationToken? PropagationToken { get; private set; }

    /// <summary>Credentials in addition to those of the channel, or <see langword="null"/>.</summary>
    public CallCredentials? Credentials { get; private set; }

    /// <summary>
    /// Whether the call waits for a connection, up to its deadline, instead of failing at once when the server cannot be reached. Off
    /// unless set.
    /// </summary>
    public bool IsWaitForReady { get; private set; }

    /// <summary>A copy with other headers.</summary>
    /// <param name="headers">Headers to send.</param>
    public readonly CallOptions WithHeaders(Metadata headers) => this with { Headers = headers };

    /// <summary>A copy with another deadline.</summary>
    /// <param name="deadline">When the call ends at the latest, in UTC.</param>
    public readonly CallOptions WithDeadline(DateTime deadline) => this with { Deadline = deadline };

    /// <summary>A copy with another token.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    public readonly CallOptions WithCancellationToken(CancellationToken cancellationToken) =>
        this with { CancellationToken = cancellationToken };

    /// <summary>A copy with other write options.</summary>
    /// <param name="writeOptions">How messages are written.</param>
    public readonly CallOptions WithWriteOptions(WriteOptions writeOptions) => this with { WriteOptions = writeOptions };

    /// <summary>A copy made on behalf of another call.</summary>
    /// <param name="propagationToken">That call.</param>
    public readonly CallOptions WithPropagationToken(ContextPropagationToken propagationToken) =>
        this with { PropagationToken = propagationToken };

    /// <summary>A copy with other credentials.</summary>
    /// <param name="credentials">Credentials in addition to those of the channel.</param>
    public readonly CallOptions WithCredentials(CallCredentials credentials) => this with { Credentials = credentials };

    /// <summary>A copy that waits for a connection, or does not.</summary>
    /// <param name="waitForReady">Whether to wait; yes unless said otherwise.</param>
    public readonly CallOptions WithWaitForReady(bool waitForReady = true) => this with { IsWaitForReady = waitForReady };
}
