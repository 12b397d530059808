namespace Registry.CrashServer.Logs;

/// <summary>The clock as it is, but what is looked at every second is looked at fifty times a second: whether a snapshot is due.</summary>
internal sealed class ImpatientTime(TimeProvider time) : TimeProvider
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(20);

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        period == Slow ? time.CreateTimer(callback, state, Fast, Fast) : time.CreateTimer(callback, state, dueTime, period);
}
