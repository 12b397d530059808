using Registry.Server.Health;

namespace Registry.Server.Storage;

/// <summary>
/// Says in the log how the disk stands. When it can't be trusted any more the server is not ready: it answers reads and renewals, and
/// whoever wants to write goes elsewhere.
/// </summary>
internal sealed partial class StorageKeeper(
    RegistryLoading loading, StorageMetrics metrics, ServerReadiness readiness, TimeProvider time, ILogger<StorageKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Measured as long as this lives.
        GC.KeepAlive(metrics);
        await Task.WhenAny(loading.Loaded, Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken));
        if (!loading.Loaded.IsCompletedSuccessfully)
            return;

        var durable = loading.Durable;
        var recovery = durable.Recovery;
        if (recovery.Revision > 0)
            Log.Recovered(logger, recovery.Revision, recovery.Changes, recovery.Duration.TotalSeconds);
        if (recovery.TornBytes > 0)
            Log.Torn(logger, recovery.TornBytes);

        using var timer = new PeriodicTimer(Interval, time);
        var wasFull = false;
        Exception? snapshotFailure = null;
        try
        {
            do
            {
                if (durable.SnapshotFailure is { } failure && failure != snapshotFailure)
                    Log.SnapshotFailed(logger, failure);
                snapshotFailure = durable.SnapshotFailure;
                if (durable.IsDiskFull == wasFull)
                    continue;
                wasFull = !wasFull;
                if (wasFull)
                    Log.Full(logger);
                else
                    Log.HasRoom(logger);
            }
            while (await Task.WhenAny(durable.Failed, timer.WaitForNextTickAsync(stoppingToken).AsTask()) != durable.Failed
                && !stoppingToken.IsCancellationRequested);
            if (durable.Failed.IsCompleted)
            {
                readiness.MarkNotReady("the disk can't be trusted");
                Log.Failed(logger, await durable.Failed);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the host.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The log holds {Changes} changes up to revision {Revision}, read in {Seconds:0.0} s", EventName = "StorageRecovered")]
        public static partial void Recovered(ILogger logger, long revision, long changes, double seconds);

        [LoggerMessage(2, LogLevel.Warning, "{Bytes} bytes at the end of the log were never finished, and are cut off; nothing in them was acknowledged", EventName = "StorageTorn")]
        public static partial void Torn(ILogger logger, long bytes);

        [LoggerMessage(3, LogLevel.Error, "The disk is full: writes are refused until there is room; reads, watches and renewals go on", EventName = "StorageFull")]
        public static partial void Full(ILogger logger);

        [LoggerMessage(4, LogLevel.Information, "The disk has room again: writes go on", EventName = "StorageHasRoom")]
        public static partial void HasRoom(ILogger logger);

        [LoggerMessage(6, LogLevel.Warning, "The state could not be written beside the log, which grows until it can be", EventName = "StorageSnapshotFailed")]
        public static partial void SnapshotFailed(ILogger logger, Exception failure);

        [LoggerMessage(5, LogLevel.Critical, "The log could not be written, and its file is not trusted any more: writes are refused until the server is started again", EventName = "StorageFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
