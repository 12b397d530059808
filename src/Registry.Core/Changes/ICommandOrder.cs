using Registry.Core.Instances;

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

/// <summary>What became of a command.</summary>
/// <param name="Refusal">Null: carried out, or there was nothing to do.</param>
/// <param name="Revision">The application's newest revision; 0: it is absent and no change is known.</param>
/// <param name="Application">The application after it; null if refused.</param>
/// <param name="Removed">How many instances left by it.</param>
public readonly record struct CommandOutcome(RegistryError? Refusal, long Revision, ApplicationSnapshot? Application, int Removed)
{
    internal static CommandOutcome Refused(RegistryError error) => new(error, 0, null, 0);
}
