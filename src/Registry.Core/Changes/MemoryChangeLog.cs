using System.Diagnostics;

namespace Registry.Core.Changes;

/// <summary>The log of a registry that keeps its state in memory alone: what is appended is as durable as it will ever be.</summary>
internal sealed class MemoryChangeLog : IChangeLog
{
    private long _last;

    public RegistryError? TryReserve(int bytes) => null;

    public void Release(int bytes)
    {
        // Room is not counted: nothing is queued.
    }

    public void Append(long revision, ApplicationChange change, int reservedBytes)
    {
        Debug.Assert(revision > _last, "revisions grow");
        Volatile.Write(ref _last, revision);
    }

    public ValueTask<RegistryError?> WaitDurableAsync(long revision, CancellationToken cancellationToken) => default;
}
