namespace Registry.Core.Changes;

/// <summary>
/// Where changes are kept in the order of their revisions. The registry owns this interface; rooms with a disk implement it. Thread
/// safe, except that Append is called under the commit section and so by one thread at a time.
/// </summary>
internal interface IChangeLog
{
    /// <summary>
    /// Admission, before any lock: takes room in the log's queue for one change, so that Append can't fail. Null: granted, and
    /// exactly one Append or Release follows. Else the refusal: LOG_FULL or STORAGE_FAILED.
    /// </summary>
    RegistryError? TryReserve(int bytes);

    /// <summary>Gives room back that was not used.</summary>
    void Release(int bytes);

    /// <summary>
    /// Queues a change. Called under the commit section with revisions that grow: never waits, never throws, does no I/O.
    /// </summary>
    void Append(long revision, ApplicationChange change, int reservedBytes);

    /// <summary>
    /// Completes when everything up to a revision is kept for good. Null: it is. Else STORAGE_FAILED: it may or may not be.
    /// A caller that cancels stops waiting; nothing is taken back.
    /// </summary>
    ValueTask<RegistryError?> WaitDurableAsync(long revision, CancellationToken cancellationToken);
}
