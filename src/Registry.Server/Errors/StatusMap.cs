using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Registry.Core;

namespace Registry.Server.Errors;

/// <summary>The one table that turns the registry's refusals into statuses, of gRPC and of HTTP.</summary>
internal static class StatusMap
{
    /// <summary>The trailer with one of <see cref="ErrorReasons"/>.</summary>
    public const string ReasonTrailer = "registry-reason";

    /// <summary>The trailer with the path of the field at fault.</summary>
    public const string FieldTrailer = "registry-field";

    /// <summary>The trailer with the milliseconds after which the same call is worth another try: gRPC's own, which its clients keep to.</summary>
    public const string PushbackTrailer = "grpc-retry-pushback-ms";

    /// <summary>The status of a kind of refusal.</summary>
    public static StatusCode StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidArgument => StatusCode.InvalidArgument,
        ErrorKind.NotFound => StatusCode.NotFound,
        ErrorKind.FailedPrecondition => StatusCode.FailedPrecondition,
        ErrorKind.PermissionDenied => StatusCode.PermissionDenied,
        ErrorKind.ResourceExhausted => StatusCode.ResourceExhausted,
        ErrorKind.OutOfRange => StatusCode.OutOfRange,
        ErrorKind.Unavailable => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>The status as gRPC's documents and other languages write it, such as NOT_FOUND.</summary>
    public static string StatusNameOf(ErrorKind kind) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(StatusOf(kind).ToString());

    /// <summary>The HTTP status of a kind of refusal, by google.rpc.Code's table.</summary>
    public static int HttpStatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidArgument or ErrorKind.FailedPrecondition or ErrorKind.OutOfRange => StatusCodes.Status400BadRequest,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.PermissionDenied => StatusCodes.Status403Forbidden,
        ErrorKind.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>The refusal as the answer to a call.</summary>
    /// <param name="error">The refusal.</param>
    /// <param name="more">Trailers beside the reason and the field; null: none.</param>
    public static RpcException ToRpcException(this RegistryError error, Metadata? more = null)
    {
        var trailers = more ?? [];
        trailers.Add(ReasonTrailer, error.Reason);
        if (error.Field is { } field)
            trailers.Add(FieldTrailer, ToAscii(field));
        if (PushbackOf(error.Reason) is { } pushback)
            trailers.Add(PushbackTrailer, pushback.ToString(CultureInfo.InvariantCulture));
        return new RpcException(new Status(StatusOf(error.Kind), error.Message), trailers);
    }

    // Milliseconds, of refusals that pass by themselves; null: this one does not. Stated in protos/registry/v1/registration.proto.
    private static int? PushbackOf(string reason) => reason switch
    {
        ErrorReasons.LogFull => 100,
        ErrorReasons.NotReady or ErrorReasons.ShuttingDown => 1_000,
        ErrorReasons.LimitLeases or ErrorReasons.TooManyBackups => 5_000,
        _ => null,
    };

    // A path can hold a key of the client's, and a header value must be ASCII.
    private static string ToAscii(string text) => string.Create(text.Length, text, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = from[i] is > ' ' and <= '~' ? from[i] : '?';
    });
}
