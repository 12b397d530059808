using System.Collections.Immutable;
using Registry.Storage.Format;

namespace Registry.Storage.Recovery;

/// <summary>Which histories a log holds, oldest first.</summary>
/// <param name="Epoch">The present epoch.</param>
/// <param name="Ancestors">The epochs before it, oldest first.</param>
/// <param name="LastRevision">The last revision that was recovered; 0: none.</param>
/// <param name="FirstRevision">
/// What the next change gets at least: more than any revision that was ever seen. A revision that was seen, lost in a power cut and given
/// again would mean two things to whoever compares revisions alone.
/// </param>
internal sealed record LogHistory(string Epoch, ImmutableArray<Ancestor> Ancestors, long LastRevision, long FirstRevision)
{
    /// <summary>
    /// How many changes a server can have shown that never became durable, at most: what its queue could hold, whatever its size was set to.
    /// </summary>
    public const long MostUndurable = 1 << 20;

    /// <summary>
    /// The <see cref="FirstRevision"/> of a start. Not the last durable revision alone decides: the server before may have shown changes from
    /// its own first revision on, of which none was durable, so that the log ends where it ended when that server started.
    /// </summary>
    /// <param name="last">The last revision in the log.</param>
    /// <param name="firstBefore">The first revision of the epoch before; 0: there was none.</param>
    public static long FirstRevisionAfter(long last, long firstBefore) =>
        firstBefore == 0 ? 1 : checked(Math.Max(last, firstBefore - 1) + MostUndurable + 1);
}

/// <summary>An epoch that is over.</summary>
/// <param name="Epoch">Its name.</param>
/// <param name="LastRevision">The last revision of it that the log holds: what it showed above was never durable.</param>
internal readonly record struct Ancestor(string Epoch, long LastRevision);

/// <summary>Where a log ends, and the next batch goes.</summary>
/// <param name="Segment">The last segment's header; null: there is no segment.</param>
/// <param name="Offset">Where its last record ends.</param>
/// <param name="LastRevision">The last revision in the log; 0: none.</param>
internal readonly record struct LogEnd(SegmentHeader? Segment, long Offset, long LastRevision);
