using Registry.TestKit.Threads;

namespace Registry.LoadTests.Siblings.Running;

/// <summary>
/// The worst moment, on purpose: one thread is stopped where it first calls what it is given, the others run one after the other as far as
/// they get (to their end, or to a lock that the first one holds), then all go on. The stop is reached through what the code under test
/// calls anyway (a factory, a comparer, a callback), so that the code itself needs no delay and no hook.
/// </summary>
internal static class ForcedOrder
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs all to their ends. Failures come out together.</summary>
    /// <param name="first">What is stopped. Gets what stops it; other threads, and later calls, pass.</param>
    /// <param name="others">What runs meanwhile.</param>
    /// <exception cref="AggregateException">Some failed.</exception>
    /// <exception cref="TimeoutException">Some did not end.</exception>
    /// <exception cref="BrokenReproductionException">The first ended without being stopped: nothing was forced.</exception>
    public static void Run(Action<Action> first, params Action[] others)
    {
        using var stop = new SyncPoint();
        var failures = new List<Exception>();
        var isStopped = 0;
        var owner = Start(failures, () =>
        {
            var self = Thread.CurrentThread;
            first(() =>
            {
                if (Thread.CurrentThread == self && Interlocked.Exchange(ref isStopped, 1) == 0)
                    stop.Pass();
            });
        });
        if (!SpinWait.SpinUntil(() => Volatile.Read(ref isStopped) == 1 || !owner.IsAlive, Patience))
            throw new TimeoutException("hung before anything else had begun");
        var threads = new List<Thread> { owner };
        if (Volatile.Read(ref isStopped) == 1)
        {
            stop.WaitForArrival();
            foreach (var other in others)
            {
                threads.Add(Start(failures, other));
                SyncPoint.WaitUntilStuckOrDone(threads[^1]);
            }

            stop.GoOn();
        }

        if (!threads.TrueForAll(thread => thread.Join(Patience)))
            throw new TimeoutException($"hung: not through after {Patience.TotalSeconds} s");
        if (failures.Count > 0)
            throw new AggregateException(failures);
        if (Volatile.Read(ref isStopped) == 0)
            throw new BrokenReproductionException("the first thread ended without having been stopped");
    }

    private static Thread Start(List<Exception> failures, Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception failure)
            {
                lock (failures)
                    failures.Add(failure);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return thread;
    }
}

/// <summary>The reproduction itself is wrong: what it saw means nothing.</summary>
internal sealed class BrokenReproductionException(string message) : Exception(message);
