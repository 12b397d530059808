using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Registry.TestKit.Hosting;

/// <summary>Keeps what a server logs. Tests ask for event names, which are stable, not for wording.</summary>
public sealed class RecordedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogRecord> _records = new();

    /// <summary>Everything so far, oldest first.</summary>
    public IReadOnlyCollection<LogRecord> All => _records;

    /// <summary>What nobody should have to read: warnings and worse.</summary>
    public IReadOnlyCollection<LogRecord> Alarming => [.. _records.Where(record => record.Level >= LogLevel.Warning)];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Recorder(categoryName, _records);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The records outlive the server on purpose: tests look at them after it has stopped.
    }

    private sealed class Recorder(string category, ConcurrentQueue<LogRecord> records) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            records.Enqueue(new(logLevel, category, eventId.Name ?? "", formatter(state, exception), exception));
    }
}

/// <summary>One log record.</summary>
public sealed record LogRecord(LogLevel Level, string Category, string Event, string Message, Exception? Exception);
