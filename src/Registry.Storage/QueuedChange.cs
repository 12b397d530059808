using Registry.Core.Changes;

namespace Registry.Storage;

/// <summary>A change that is visible and waits for the disk.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="Change">What it does.</param>
/// <param name="ReservedBytes">What admission took for it.</param>
internal readonly record struct QueuedChange(long Revision, ApplicationChange Change, int ReservedBytes)
{
    /// <summary>
    /// What a change takes of the queue's room beside its bytes. It is the memory of the objects, about, and it bounds how many changes
    /// can be visible and not durable: see <see cref="Recovery.RevisionGap.MostUndurable"/>.
    /// </summary>
    public const int Overhead = 1024;

    /// <summary>The room in the queue that bytes take.</summary>
    public static long RoomOf(int bytes) => (long)bytes + Overhead;
}
