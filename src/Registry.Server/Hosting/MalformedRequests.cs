using Grpc.Core;

namespace Registry.Server.Hosting;

/// <summary>
/// The engine reads a call's first message before any interceptor runs, and what it can't parse it reports as UNKNOWN, "thrown by
/// handler", with two stack traces in the log. Here that becomes INTERNAL, as in other implementations of gRPC, and one line;
/// the engine's own log is silenced in <see cref="LoggingSetup"/>.
/// </summary>
internal static partial class MalformedRequests
{
    /// <summary>What the client is told. The engine reports an answer that it can't serialise in the same way.</summary>
    public const string Message = "a message of this call could not be read or written";

    private static readonly string Unknown = ((int)StatusCode.Unknown).ToString(System.Globalization.CultureInfo.InvariantCulture);
    private static readonly string Internal = ((int)StatusCode.Internal).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Adds the translation.</summary>
    public static void UseMalformedRequests(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(MalformedRequests));
        app.Use(next => async context =>
        {
            await next(context);

            // A service that answers UNKNOWN says something of its own; these are the engine's words.
            var headers = context.Response.Headers;
            if (!context.Response.HasStarted
                && headers.TryGetValue("grpc-status", out var status) && status == Unknown
                && headers.TryGetValue("grpc-message", out var message) && message == "Exception was thrown by handler.")
            {
                headers["grpc-status"] = Internal;
                headers["grpc-message"] = Message;
                Log.Unreadable(logger, context.Request.Path);
            }
        });
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A message of {Method} could not be read or written; Logging:LogLevel:Grpc=Error shows why",
            EventName = "MessageUnreadable")]
        public static partial void Unreadable(ILogger logger, string method);
    }
}
