using Microsoft.Extensions.Logging.Console;

namespace Registry.Server.Hosting;

/// <summary>
/// Logs go to stderr, one line each: the registry's own from Information, everybody else's from Warning. Section <c>Logging</c>
/// of the configuration changes that, in the framework's own terms.
/// </summary>
internal static class LoggingSetup
{
    /// <summary>Adds logging.</summary>
    public static void AddServerLogging(this WebApplicationBuilder builder)
    {
        var phase = new StartPhase();
        builder.Services.AddSingleton(phase);
        builder.Logging
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning)
            // What the engine has to say about single calls is an answer to the client, or in UnexpectedErrors, or in
            // MalformedRequests. Left alone it logs a stack trace for every malformed message that anybody sends.
            .AddFilter("Grpc", LogLevel.None)
            // A start that fails is reported in one line by ServerProcess; these two would add the stack trace.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", phase.Passes)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", phase.Passes)
            .AddConfiguration(builder.Configuration.GetSection("Logging"))
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });

        // stdout belongs to the start line.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
