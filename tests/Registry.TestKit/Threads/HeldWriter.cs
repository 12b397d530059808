using Registry.TestKit.Changes;

namespace Registry.TestKit.Threads;

/// <summary>
/// Two writers at the worst moment: the first is stopped at a place of the test's choice, with all its locks held; the second runs as
/// far as it gets, which is where the first one's locks stop it; then both go on. What ought to stop the second and does not lets it
/// decide on what the first is about to replace.
/// </summary>
internal static class HeldWriter
{
    /// <summary>Stops the first inside its first commit. Runs both to their end; all failures come out together.</summary>
    public static void RunInCommit(HistoryLog log, Action first, Action second) =>
        Run(
            stop =>
            {
                log.Appending = stop;
                first();
            },
            second);

    /// <summary>Stops the first where it first calls what it is given. Runs both to their end; all failures come out together.</summary>
    public static void Run(Action<Action> first, Action second)
    {
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        Thread? held = null;
        Thread? late = null;
        StartingGate.Run(
            () =>
            {
                held = Thread.CurrentThread;
                first(() =>
                {
                    if (Thread.CurrentThread != held || inside.IsSet)
                        return;
                    inside.Set();
                    goOn.Wait(StartingGate.Patience);
                });
            },
            () =>
            {
                inside.Wait(StartingGate.Patience);
                Volatile.Write(ref late, Thread.CurrentThread);
                second();
            },
            () =>
            {
                // Blocked at a lock, or through: it comes no further without the first. A look that mistakes another wait for that one
                // lets a fault pass and finds none where none is.
                SpinWait.SpinUntil(() => Volatile.Read(ref late) is { } thread && (!thread.IsAlive || thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin)), StartingGate.Patience);
                goOn.Set();
            });
    }
}
