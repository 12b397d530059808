using Registry.Server.Errors;
using Registry.Server.Health;
using Registry.Server.Hosting;
using Registry.Storage;
using Registry.Storage.Recovery;

namespace Registry.Server.Storage;

/// <summary>
/// Reads the data directory while the ports are open already, so that whoever asks learns how far it is, and does not take a server that
/// reads for one that is dead. Ready when all is read; a directory that can't be used ends the start.
/// </summary>
internal sealed partial class RegistryLoading(
    OpenDurableRegistry open, ServerReadiness readiness, TimeProvider time, ILogger<RegistryLoading> logger) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const long Mebibyte = 1024 * 1024;

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RecoveryProgress? _progress;
    private Thread? _reading;
    private volatile DurableRegistry? _durable;

    /// <summary>Completes when all is read; fails if the directory can't be used.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>How far the reading is; null: it has not begun.</summary>
    public RecoveryProgress? Progress => Volatile.Read(ref _progress);

    /// <summary>The registry.</summary>
    /// <exception cref="NotReadyException">Not all is read yet.</exception>
    public DurableRegistry Durable => _durable ?? throw new NotReadyException(readiness.Current.Reason);

    /// <summary>Begins to read, on a thread of its own.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        readiness.MarkNotReady("reading the log");
        _progress = new RecoveryProgress(_stopping.Token);
        _reading = new Thread(Read) { IsBackground = true, Name = "log reading" };
        _reading.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The ports are open. The start goes on when all is read.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        while (await Task.WhenAny(_loaded.Task, Task.Delay(Interval, time, cancellationToken)) != _loaded.Task)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (read, total) = (_progress!.ReadBytes, _progress.TotalBytes);
            var percent = total > 0 ? 100 * read / total : 0;
            readiness.MarkNotReady($"reading the log, {percent} % of {total / Mebibyte} MiB");
            Log.Reading(logger, percent, total / Mebibyte);
        }

        await _loaded.Task;
        readiness.MarkReady();
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends the reading, or closes what was read. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_stopping.IsCancellationRequested)
            return;
        _stopping.Cancel();
        _reading?.Join();
        _durable?.Dispose();
        _stopping.Dispose();
    }

    private void Read()
    {
        try
        {
            _durable = open(_progress!);
            _loaded.SetResult();
        }
        catch (UnusableStorageException unusable)
        {
            _loaded.SetException(new CannotStartException(unusable.Message));
        }
        catch (Exception wrong)
        {
            _loaded.SetException(wrong);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Reading the log: {Percent} % of {Mebibytes} MiB", EventName = "StorageReading")]
        public static partial void Reading(ILogger logger, long percent, long mebibytes);
    }
}

/// <summary>Opens the data directory, and returns when all of it is read.</summary>
/// <param name="progress">Is told how far it is, and can end it.</param>
/// <exception cref="UnusableStorageException">The directory can't be used.</exception>
internal delegate DurableRegistry OpenDurableRegistry(RecoveryProgress progress);
