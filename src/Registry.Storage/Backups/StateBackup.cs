using Registry.Core;
using Registry.Core.Restoring;
using Registry.Storage.Recovery;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Backups;

/// <summary>
/// A backup that is being taken: the bytes of a state snapshot, which stands at one revision, whatever is written meanwhile. Its pieces are
/// read by one thread at a time, once. As long as it can be reached it keeps alive what the registry has replaced since.
/// </summary>
public sealed class StateBackup
{
    private readonly RegistryImage _image;
    private readonly IReadOnlyCollection<LoggedEpoch> _epochs;
    private readonly DateTimeOffset _taken;
    private readonly Func<long, CancellationToken, ValueTask<RegistryError?>> _awaitDurable;

    internal StateBackup(
        RegistryImage image,
        IReadOnlyCollection<LoggedEpoch> epochs,
        DateTimeOffset taken,
        Func<long, CancellationToken, ValueTask<RegistryError?>> awaitDurable)
    {
        _image = image;
        _epochs = epochs;
        _taken = taken;
        _awaitDurable = awaitDurable;
    }

    /// <summary>The revision at which it stands; 0: nothing was ever registered.</summary>
    public long Revision => _image.Revision;

    /// <summary>Begins a backup of a registry that keeps its state in memory alone. Nobody waits for it. Thread safe.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="time">The clock, for when it was taken.</param>
    public static StateBackup OfMemory(ServiceRegistry registry, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(time);
        return new StateBackup(
            registry.TakeImage(), [new LoggedEpoch(registry.Epoch, FirstRevision: 1, LastRevision: 0)], time.GetUtcNow(), static (_, _) => default);
    }

    /// <summary>
    /// Completes when everything in the backup is kept for good. Null: it is. Else STORAGE_FAILED: it may or may not be, and what was read is no
    /// backup.
    /// </summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    public ValueTask<RegistryError?> WaitDurableAsync(CancellationToken cancellationToken) => _awaitDurable(Revision, cancellationToken);

    /// <summary>The pieces in order; encoded as they are asked for, so that a registry of any size takes little memory.</summary>
    /// <param name="pieceBytes">How long a piece is, in bytes; the last one may be shorter.</param>
    public IEnumerable<BackupPiece> Read(int pieceBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pieceBytes);
        return Cut(pieceBytes);
    }

    // What the encoder gives is as long as its records are, which may be megabytes. One piece is kept back, so that the last one is known.
    private IEnumerable<BackupPiece> Cut(int pieceBytes)
    {
        var piece = new byte[pieceBytes];
        var filled = 0;
        foreach (var encoded in SnapshotEncoder.Encode(_image, _epochs, _taken, pieceBytes))
        {
            for (var rest = encoded; rest.Length > 0;)
            {
                if (filled == pieceBytes)
                {
                    yield return new BackupPiece(piece, IsLast: false);
                    filled = 0;
                }

                var count = Math.Min(rest.Length, pieceBytes - filled);
                rest[..count].CopyTo(piece.AsMemory(filled));
                rest = rest[count..];
                filled += count;
            }
        }

        yield return new BackupPiece(piece.AsMemory(0, filled), IsLast: true);
    }
}

/// <summary>A piece of a backup.</summary>
/// <param name="Bytes">Its bytes. Valid until the next piece is asked for.</param>
/// <param name="IsLast">The backup ends with it, and is none without it.</param>
public readonly record struct BackupPiece(ReadOnlyMemory<byte> Bytes, bool IsLast);
