using Google.Protobuf;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Leases;

/// <summary>
/// What hangs on a lease, seen from <see cref="LeaseHolder"/>. The holder calls <see cref="RegisterAsync"/> and the other
/// members possibly at the same time, never two of the others together.
/// </summary>
internal interface ILeaseOwner
{
    /// <summary>
    /// Is asked after each renewal. True: the lease has nothing left to keep alive, and the holder stops; nothing may be registered on it
    /// any more.
    /// </summary>
    bool LetGo();

    /// <summary>
    /// Registers everything on a new lease. Called again, with the same lease, after a failure that may pass, and with
    /// another one when the lease is lost.
    /// </summary>
    Task RegisterAsync(ByteString leaseId, CancellationToken cancellationToken);

    /// <summary>Waits until there is more to register than when <see cref="RegisterAsync"/> began last. It is called when that has succeeded.</summary>
    Task MoreAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Instances are lost to another lease, or to somebody who deregistered them. They must not be registered again. What was
    /// reported before may be reported again.
    /// </summary>
    void OnLost(IReadOnlyList<LostInstance> lost);

    /// <summary>A call has failed and is tried again.</summary>
    void OnFailure(RegistryFault fault);

    /// <summary>A call has succeeded.</summary>
    void OnSuccess();
}
