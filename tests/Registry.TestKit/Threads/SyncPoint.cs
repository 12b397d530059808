namespace Registry.TestKit.Threads;

/// <summary>
/// A gate with two sides in the middle of somebody's work: the test waits until a thread has arrived there, does what must happen at
/// exactly that point, and lets the thread go on.
/// </summary>
public sealed class SyncPoint : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _arrived = new();
    private readonly ManualResetEventSlim _goOn = new();

    /// <summary>Called by the thread under test: says that it is there and stays until it is let go. Later visitors pass.</summary>
    public void Pass()
    {
        _arrived.Set();
        if (!_goOn.Wait(Patience))
            throw new TimeoutException("the test did not let the thread go on");
    }

    /// <summary>Waits until the thread under test has arrived.</summary>
    public void WaitForArrival()
    {
        if (!_arrived.Wait(Patience))
            throw new TimeoutException("the thread under test did not arrive");
    }

    /// <summary>Lets the thread under test go on.</summary>
    public void GoOn() => _goOn.Set();

    /// <summary>Waits until a thread has ended or is blocked: it has come as far as it can.</summary>
    public static void WaitUntilStuckOrDone(Thread thread)
    {
        ArgumentNullException.ThrowIfNull(thread);
        if (!SpinWait.SpinUntil(() => !thread.IsAlive || thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience))
            throw new TimeoutException("the thread neither ended nor waited");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _goOn.Set();
        _arrived.Dispose();
        _goOn.Dispose();
    }
}
