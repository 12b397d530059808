using Registry.LoadTests.Siblings.Running;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// franz-go, 2025: a batch of records counts how often it was tried, and a lock of the batch owns that count and what is decided by it.
/// One path, the one after a failed load of a topic, raised the count just before it took the lock. That did no harm while one goroutine
/// alone used the count; then a release began to use it in another one, under the lock. The fix moved one line, and corrected the comment
/// that said which lock owns what.
/// </summary>
/// <remarks>
/// The rule: a counter is raised where the attempt is made, under the lock that owns its neighbours (or it is atomic, and nothing is
/// decided by it together with a neighbour). Which lock owns a field is written beside the field.
/// </remarks>
internal static class FranzRetryCounter
{
    private const int Limit = 3;

    public static Sibling OutsideTheLock { get; } = new(
        "franz-go",
        "retry count raised outside its lock",
        "a counter is raised where the attempt is made, under the lock that owns its neighbours",
        RaceTwin,
        new Subject("LeaseHolder; CallRetries, ServerPool", () => LeaseHolderAttempts.Round() ?? CallAttempts.Round()));

    // Three failures, of which the first is stopped at its retry, inside the lock: the other two have raised the count and wait there.
    private static string? RaceTwin()
    {
        var retries = new List<int>();
        Action? stopFirst = null;
        var batch = new RetriedBatch(Limit, tries =>
        {
            retries.Add(tries);
            Volatile.Read(ref stopFirst)?.Invoke();
        });
        ForcedOrder.Run(
            stop =>
            {
                Volatile.Write(ref stopFirst, stop);
                batch.Failed();
            },
            batch.Failed,
            batch.Failed);
        return retries.Count == Limit - 1
            ? null
            : $"retries begun: {retries.Count} of the {Limit - 1} that a limit of {Limit} attempts allows";
    }

    private sealed class RetriedBatch(int limit, Action<int> retry)
    {
        // Owns _tries and _isGivenUp, and is held while a retry is begun, so that retries begin in order.
        private readonly Lock _gate = new();
        private int _tries;
        private bool _isGivenUp;

        public void Failed()
        {
            _tries++;
            lock (_gate)
            {
                if (_isGivenUp)
                    return;
                _isGivenUp = _tries >= limit;
                if (!_isGivenUp)
                    retry(_tries);
            }
        }
    }
}
