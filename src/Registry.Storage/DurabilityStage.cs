namespace Registry.Storage;

/// <summary>
/// Who waits for which commit: those whose change is in the batch that is being written, and those behind it. Were there one signal for all,
/// each commit would wake everybody, and most of them to wait again. Immutable but for the signals; the log's thread makes the next one when
/// it takes a batch, and anybody reads.
/// </summary>
internal sealed class DurabilityStage
{
    private readonly long _last;
    private readonly TaskCompletionSource _written;
    private readonly TaskCompletionSource _queued = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DurabilityStage(long last, TaskCompletionSource written)
    {
        _last = last;
        _written = written;
    }

    /// <summary>Nothing was taken yet.</summary>
    public static DurabilityStage First()
    {
        var nothing = new TaskCompletionSource();
        nothing.SetResult();
        return new DurabilityStage(0, nothing);
    }

    /// <summary>
    /// Completes when it is worth looking whether a revision is durable. Who waited before its change was taken may be woken once more than
    /// needed, if the batch was full before it.
    /// </summary>
    public Task CommitOfAsync(long revision) => (revision <= _last ? _written : _queued).Task;

    /// <summary>A batch was taken, up to a revision. Who has waited so far waits for it.</summary>
    public DurabilityStage Next(long last) => new(last, _queued);

    /// <summary>The batch that was taken is durable.</summary>
    public void Commit() => _written.TrySetResult();

    /// <summary>Nothing becomes durable any more. Who comes later looks for himself.</summary>
    public void End()
    {
        _written.TrySetResult();
        _queued.TrySetResult();
    }
}
