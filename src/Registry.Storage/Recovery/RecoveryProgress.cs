using Registry.Storage.Format;

namespace Registry.Storage.Recovery;

/// <summary>How far the reading of a data directory is. Thread safe.</summary>
/// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>; nothing was changed on the disk then.</param>
public sealed class RecoveryProgress(CancellationToken cancellationToken = default) : IReadingListener
{
    private long _total;
    private long _read;

    /// <summary>How much there is to read, in bytes; 0: it has not begun.</summary>
    public long TotalBytes => Volatile.Read(ref _total);

    /// <summary>How much of it was read, in bytes.</summary>
    public long ReadBytes => Volatile.Read(ref _read);

    internal void Begin(long total) => Volatile.Write(ref _total, total);

    void IReadingListener.Read(int bytes)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Add(ref _read, bytes);
    }
}
