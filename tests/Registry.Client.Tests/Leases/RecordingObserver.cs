using System.Collections.Concurrent;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Leases;

/// <summary>Remembers what it is told.</summary>
internal sealed class RecordingObserver : ILeaseObserver
{
    public ConcurrentQueue<long> Registered { get; } = new();

    public ConcurrentQueue<LostInstance> Lost { get; } = new();

    public ConcurrentQueue<RegistryFault> Failures { get; } = new();

    public void OnRegistered(LeasedApplication application, long revision) => Registered.Enqueue(revision);

    public void OnLost(LeasedApplication application, IReadOnlyList<LostInstance> lost)
    {
        foreach (var instance in lost)
        {
            Lost.Enqueue(instance);
        }
    }

    public void OnFailure(LeasedApplication application, RegistryFault fault) => Failures.Enqueue(fault);

    public void OnSuccess(LeasedApplication application)
    {
    }
}
