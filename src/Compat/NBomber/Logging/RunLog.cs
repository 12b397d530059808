using System.Globalization;
using System.Text;
using System.Threading.Channels;
using NBomber.Contracts;

namespace NBomber.Logging;

/// <summary>
/// The log of a run. Whoever logs only leaves a line; one loop writes. When the disk is slower than the lines, lines are dropped and
/// counted. Thread-safe; no locks.
/// </summary>
internal sealed class RunLog : ILogger, IAsyncDisposable
{
    private const int MostWaiting = 10_000;

    private readonly Channel<string>? _lines;
    private readonly Task _writing = Task.CompletedTask;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private long _dropped;

    /// <param name="path">The file; null: none.</param>
    /// <param name="time">For the times in it.</param>
    /// <param name="say">Where warnings and errors go too.</param>
    public RunLog(string? path, TimeProvider time, Action<string> say)
    {
        _time = time;
        _say = say;
        if (path is null)
            return;
        _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        _writing = Task.Run(() => WriteAsync(path, _lines.Reader));
    }

    public void Debug(string messageTemplate, params object?[] propertyValues) => Leave("DBG", messageTemplate, propertyValues, null);

    public void Information(string messageTemplate, params object?[] propertyValues) =>
        Leave("INF", messageTemplate, propertyValues, null);

    public void Warning(string messageTemplate, params object?[] propertyValues) => Leave("WRN", messageTemplate, propertyValues, null);

    public void Error(string messageTemplate, params object?[] propertyValues) => Leave("ERR", messageTemplate, propertyValues, null);

    public void Error(Exception exception, string messageTemplate, params object?[] propertyValues) =>
        Leave("ERR", messageTemplate, propertyValues, exception);

    public async ValueTask DisposeAsync()
    {
        _lines?.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private void Leave(string level, string template, object?[] values, Exception? exception)
    {
        var message = MessageTemplate.Fill(template ?? "", values ?? []);
        if (level is "WRN" or "ERR")
            _say(exception is null ? $"{level} {message}" : $"{level} {message}: {exception.GetType().Name}: {exception.Message}");
        if (_lines is null)
            return;
        var line = string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow():yyyy-MM-dd HH:mm:ss.fff} {level} {message}");
        if (!_lines.Writer.TryWrite(exception is null ? line : $"{line}{Environment.NewLine}{exception}"))
            Interlocked.Increment(ref _dropped);
    }

    private async Task WriteAsync(string path, ChannelReader<string> lines)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var file = new StreamWriter(path, append: true, Encoding.UTF8);
            await foreach (var line in lines.ReadAllAsync().ConfigureAwait(false))
                await file.WriteLineAsync(line).ConfigureAwait(false);
            if (Interlocked.Read(ref _dropped) is > 0 and var dropped)
                await file.WriteLineAsync($"{dropped} lines were dropped: the disk did not take them").ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A run without its log still has its numbers.
            _say($"WRN no log is written: {exception.Message}");
        }
    }
}
