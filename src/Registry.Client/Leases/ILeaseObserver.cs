using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Leases;

/// <summary>Is told what happens to leased applications, from whichever thread it happens on.</summary>
internal interface ILeaseObserver
{
    /// <summary>All instances that are left stand in the registry at this revision.</summary>
    void OnRegistered(LeasedApplication application, long revision);

    /// <summary>Instances are gone for good. Told once of each.</summary>
    void OnLost(LeasedApplication application, IReadOnlyList<LostInstance> lost);

    /// <summary>A call has failed and is tried again.</summary>
    void OnFailure(LeasedApplication application, RegistryFault fault);

    /// <summary>A call has succeeded.</summary>
    void OnSuccess(LeasedApplication application);
}
