using Microsoft.Extensions.Logging;

namespace Registry.Client.Telemetry;

/// <summary>
/// A logger that throws at nobody. What clients share logs where the first of them did, and that one's host may be gone while the others go on;
/// some loggers throw then. The loops that keep the view and the lease log from within, and nobody waits for them: they would end in silence.
/// </summary>
internal sealed class HarmlessLogger(ILogger logger) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
#pragma warning disable CA1031 // Whatever it is, there is nowhere left to say so.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
