using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;

namespace Registry.Client.Connecting;

/// <summary>What a failed call says to a reader or a program: the status, the reason and the field of the trailers, a sentence.</summary>
/// <param name="Code">The gRPC status.</param>
/// <param name="Reason">A constant such as <c>LEASE_UNKNOWN</c>; empty if the server gave none.</param>
/// <param name="Field">The path of the field at fault; empty if none is.</param>
/// <param name="Message">One sentence, as the server or the transport put it.</param>
internal sealed record RegistryFault(StatusCode Code, string Reason, string Field, string Message)
{
    public const string LeaseUnknown = "LEASE_UNKNOWN";
    public const string InstanceUnknown = "INSTANCE_UNKNOWN";

    private const string IncarnationSuperseded = "INCARNATION_SUPERSEDED";

    private const string ReasonTrailer = "registry-reason";
    private const string FieldTrailer = "registry-field";

    // gRPC's own: milliseconds; negative: do not try again.
    private const string RetryTrailer = "grpc-retry-pushback-ms";

    /// <summary>The life of the instance that the call was about is over: another lease has taken it, or somebody has removed it.</summary>
    public bool IsGone => Reason is IncarnationSuperseded or InstanceUnknown;

    /// <summary>How long the server asks to wait before the next attempt; null if it says nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the same call may succeed later without anybody changing anything: the server is away, restarting, full for
    /// now, or the connection broke.
    /// </summary>
    public bool IsTransient => Code switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted => true,
        // How a broken connection or a reset stream shows, and a server that fails by itself.
        StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled => true,
        // LOG_FULL and SLOW_CONSUMER pass; a limit stays until somebody removes something.
        StatusCode.ResourceExhausted => !Reason.StartsWith("LIMIT_", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>Status, reason and sentence in one line.</summary>
    public string Describe() => Reason.Length == 0 ? $"{Code}: {Message}" : $"{Code} {Reason}: {Message}";

    public static RegistryFault From(RpcException exception)
    {
        return new RegistryFault(
            exception.StatusCode,
            exception.Trailers.GetValue(ReasonTrailer) ?? "",
            exception.Trailers.GetValue(FieldTrailer) ?? "",
            MessageOf(exception.Status))
        {
            RetryAfter = int.TryParse(exception.Trailers.GetValue(RetryTrailer), CultureInfo.InvariantCulture, out var milliseconds) && milliseconds >= 0
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null,
        };
    }

    private static string MessageOf(Status status)
    {
        // When no connection came about, what gRPC itself says of it is of no use; the exception inside says why.
        for (var cause = status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException or HttpRequestException { InnerException: null })
            {
                return cause.Message;
            }
        }

        return status.Detail.Length == 0 && status.StatusCode == StatusCode.DeadlineExceeded ? "no answer in time" : status.Detail;
    }
}
