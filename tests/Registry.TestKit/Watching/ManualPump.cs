namespace Registry.TestKit.Watching;

/// <summary>
/// Runs the watch pump when the test says so, on the test's thread: between two runs any number of changes and requests pile up, in
/// an order that the test has chosen.
/// </summary>
public sealed class ManualPump
{
    private readonly Queue<IThreadPoolWorkItem> _scheduled = new();

    /// <summary>How often the pump has asked to be run.</summary>
    public int Schedulings { get; private set; }

    /// <summary>Given to the registry in place of the thread pool.</summary>
    public void Schedule(IThreadPoolWorkItem item)
    {
        lock (_scheduled)
        {
            Schedulings++;
            _scheduled.Enqueue(item);
        }
    }

    /// <summary>Runs what is scheduled until nothing is.</summary>
    public void Run()
    {
        while (TryTake() is { } item)
            item.Execute();
    }

    private IThreadPoolWorkItem? TryTake()
    {
        lock (_scheduled)
            return _scheduled.TryDequeue(out var item) ? item : null;
    }
}
