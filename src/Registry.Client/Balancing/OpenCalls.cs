namespace Registry.Client.Balancing;

/// <summary>How many calls to one instance are open. Outlives the tables that an instance is picked from.</summary>
internal sealed class OpenCalls
{
    // Changed by interlocked operations alone, and nothing is decided by it together with a neighbour: a pick that reads it a moment late
    // picks a little worse, and never wrong.
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Begin() => Interlocked.Increment(ref _count);

    public void End() => Interlocked.Decrement(ref _count);
}
