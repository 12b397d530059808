using System.Diagnostics;

namespace Registry.TestKit.Threads;

/// <summary>
/// Runs work on threads of its own that start together: each arrives at the gate, and the last one opens it. Without a gate the
/// first thread is often done before the second one exists, and a race test tests nothing.
/// </summary>
public static class StartingGate
{
    /// <summary>How long a run may take before it is called a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs <paramref name="work"/> with 0, 1, 2, ... on that many threads at once, and ends when all have ended.</summary>
    public static void Run(int threads, Action<int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Run([.. Enumerable.Range(0, threads).Select(i => (Action)(() => work(i)))]);
    }

    /// <summary>Runs several pieces of work at once, each on its thread. All failures come out together.</summary>
    public static void Run(params Action[] works)
    {
        ArgumentNullException.ThrowIfNull(works);
        using var gate = new Barrier(works.Length);
        var failures = new List<Exception>();
        var threads = works.Select((work, index) => new Thread(() =>
        {
            try
            {
                gate.SignalAndWait(Patience);
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
            Name = $"gate {index}",
        }).ToArray();

        foreach (var thread in threads)
            thread.Start();
        var start = Stopwatch.GetTimestamp();
        foreach (var thread in threads)
        {
            var left = Patience - Stopwatch.GetElapsedTime(start);
            if (!thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero))
                throw new TimeoutException($"{thread.Name} of {threads.Length} still runs after {Patience.TotalSeconds} s: a deadlock, or a lost wake-up");
        }

        if (failures.Count > 0)
            throw new AggregateException(failures);
    }
}
