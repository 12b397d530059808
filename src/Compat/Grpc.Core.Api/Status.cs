using System.Diagnostics;

namespace Grpc.Core;

/// <summary>
/// The result of a call: a code and a text for humans. The default value of the struct is <see cref="StatusCode.OK"/> with an
/// empty text. Immutable, so safe to share between threads.
/// </summary>
[DebuggerDisplay("{DebuggerToString(),nq}")]
public struct Status
{
    /// <summary>Success, without a text.</summary>
    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    /// <summary>Cancelled, without a text.</summary>
    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    private readonly string? _detail;

    /// <summary>Makes a status.</summary>
    /// <param name="statusCode">The outcome.</param>
    /// <param name="detail">A text for humans; it crosses the wire. <see langword="null"/> is taken as empty.</param>
    public Status(StatusCode statusCode, string detail)
        : this(statusCode, detail, null)
    {
    }

    /// <summary>Makes a status that remembers which exception it stems from.</summary>
    /// <param name="statusCode">The outcome.</param>
    /// <param name="detail">A text for humans; it crosses the wire. <see langword="null"/> is taken as empty.</param>
    /// <param name="debugException">The local cause, or <see langword="null"/>. It never crosses the wire.</param>
    public Status(StatusCode statusCode, string detail, Exception? debugException)
    {
        StatusCode = statusCode;
        _detail = detail;
        DebugException = debugException;
    }

    /// <summary>The outcome.</summary>
    public StatusCode StatusCode { get; }

    /// <summary>The text for humans; empty when there is none, never <see langword="null"/>.</summary>
    public readonly string Detail => _detail ?? "";

    /// <summary>
    /// The exception on this side that led to the status, or <see langword="null"/>. For logs only: no program logic should hang on it.
    /// </summary>
    public Exception? DebugException { get; }

    /// <summary>Code, text and, where there is one, the cause, in one line that is meant for logs.</summary>
    public override readonly string ToString()
    {
        var cause = DebugException is null ? "" : $", DebugException=\"{DebugException.GetType()}: {DebugException.Message}\"";
        return $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\"{cause})";
    }

    private readonly string DebuggerToString() => ToString();
}
