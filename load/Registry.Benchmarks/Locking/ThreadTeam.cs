namespace Registry.Benchmarks.Locking;

/// <summary>
/// Threads that are started once and released together for each round, which ends when the last of them is done. So a round costs two
/// crossings of a barrier and no start of a thread.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private readonly Barrier _start;
    private readonly Barrier _end;
    private readonly Action<int> _work;
    private readonly Thread[] _threads;
    private Exception? _failure;
    private volatile bool _isOver;

    /// <param name="threads">How many.</param>
    /// <param name="work">One thread's part of a round, given the thread's number.</param>
    public ThreadTeam(int threads, Action<int> work)
    {
        _work = work;
        _start = new Barrier(threads + 1);
        _end = new Barrier(threads + 1);
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            var number = i;
            _threads[i] = new Thread(() => Live(number)) { IsBackground = true, Name = $"member {number}" };
            _threads[i].Start();
        }
    }

    /// <summary>One round. Throws what a member threw.</summary>
    public void RunRound()
    {
        _start.SignalAndWait();
        _end.SignalAndWait();
        if (Volatile.Read(ref _failure) is { } failure)
            throw new InvalidOperationException("a member of the team failed", failure);
    }

    public void Dispose()
    {
        _isOver = true;
        _start.SignalAndWait();
        foreach (var thread in _threads)
            thread.Join();
        _start.Dispose();
        _end.Dispose();
    }

    private void Live(int number)
    {
        while (true)
        {
            _start.SignalAndWait();
            if (_isOver)
                return;
            try
            {
                _work(number);
            }
            catch (Exception failure)
            {
                Volatile.Write(ref _failure, failure);
            }

            _end.SignalAndWait();
        }
    }
}
