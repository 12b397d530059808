namespace Registry.Storage.Snapshots;

/// <summary>When the next state snapshot is due. Not thread safe.</summary>
internal sealed class SnapshotSchedule
{
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private long _triedAt;
    private long _triedBytes;
    private long _length;

    /// <summary>As if one had been tried when there was no log.</summary>
    public SnapshotSchedule(LogOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _triedAt = time.GetTimestamp();
    }

    /// <summary>Whether one is due.</summary>
    /// <param name="logBytes">How much log there is; see <see cref="DiskChangeLog.Bytes"/>.</param>
    public bool IsDue(long logBytes)
    {
        var grown = logBytes - _triedBytes;

        // A snapshot that is larger than the log that it replaces would be most of what the disk has to do.
        return grown >= Math.Max(_options.SnapshotLogBytes, _length)
            || (grown > 0 && _options.SnapshotInterval > TimeSpan.Zero && _time.GetElapsedTime(_triedAt) >= _options.SnapshotInterval);
    }

    /// <summary>One is begun. If it fails, the next one is due as if it had not.</summary>
    public void Begin(long logBytes)
    {
        _triedAt = _time.GetTimestamp();
        _triedBytes = logBytes;
    }

    /// <summary>One was taken.</summary>
    /// <param name="length">How long it is, in bytes.</param>
    public void Taken(long length) => _length = length;
}
