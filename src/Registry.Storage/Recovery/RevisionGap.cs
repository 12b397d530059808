namespace Registry.Storage.Recovery;

/// <summary>Where the revisions of a new epoch begin.</summary>
internal static class RevisionGap
{
    /// <summary>
    /// How many changes a server can have shown that never became durable, at most: what its queue could hold, whatever its size was set to.
    /// </summary>
    public const long MostUndurable = 1 << 20;

    /// <summary>
    /// More than any revision that was ever seen. Not the last durable revision alone decides: the server before may have shown changes from
    /// its own first revision on, of which none was durable, so that the log ends where it ended when that server started.
    /// </summary>
    /// <param name="last">The last revision in the log.</param>
    /// <param name="firstBefore">The first revision of the epoch before; 0: there was none.</param>
    public static long FirstRevisionAfter(long last, long firstBefore) =>
        firstBefore == 0 ? 1 : checked(Math.Max(last, firstBefore - 1) + MostUndurable + 1);
}
