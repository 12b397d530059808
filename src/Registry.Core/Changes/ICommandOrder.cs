using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Tables;

namespace Registry.Core.Changes;

/// <summary>
/// Decides a command, gives its change a place in the order, and applies it. The seam between one machine and a cluster: here all of
/// it happens under the stripe at once; over a store elsewhere the order is a transaction that is guarded by what Decide saw, and an
/// applier follows the store. So the answer is a task, which is complete at once on one machine.
/// </summary>
internal interface ICommandOrder
{
    /// <summary>
    /// Completes when the change is visible here. It need not be durable: see IChangeLog.WaitDurableAsync. Refusals are values.
    /// </summary>
    ValueTask<CommandOutcome> ExecuteAsync(Command command, CancellationToken cancellationToken);
}

/// <summary>What an order works with.</summary>
/// <param name="Applications">Where the present state is read, and the stripes under which changes are applied.</param>
/// <param name="Applier">Apply.</param>
/// <param name="Log">Room in it is reserved before anything is ordered.</param>
/// <param name="Leases">Who is told, after a commit, that it has lost instances.</param>
/// <param name="Clock">The leases' time.</param>
/// <param name="Limits">What Decide keeps to.</param>
/// <param name="Listener">Who is told of each commit.</param>
internal sealed record OrderParts(
    StripedTable<ApplicationSnapshot> Applications,
    Applier Applier,
    IChangeLog Log,
    LeaseTable Leases,
    LeaseClock Clock,
    LimitOptions Limits,
    ICommitListener Listener);

/// <summary>What has to happen after a commit, outside all locks.</summary>
internal interface ICommitListener
{
    /// <summary>Called after each commit on the committing thread; must not block or throw.</summary>
    void OnCommitted(AppliedChange applied, Lease? attachedTo);
}

/// <summary>What became of a command.</summary>
/// <param name="Refusal">Null: carried out, or there was nothing to do.</param>
/// <param name="Revision">The application's newest revision; 0: it is absent and no change is known.</param>
/// <param name="Application">The application after it; null if refused.</param>
/// <param name="Removed">How many instances left by it.</param>
public readonly record struct CommandOutcome(RegistryError? Refusal, long Revision, ApplicationSnapshot? Application, int Removed)
{
    internal static CommandOutcome Refused(RegistryError error) => new(error, 0, null, 0);
}
