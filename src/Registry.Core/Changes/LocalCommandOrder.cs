using Registry.Core.Instances;
using Registry.Core.Interleaving;
using Registry.Core.Leases;
using Registry.Core.Tables;

namespace Registry.Core.Changes;

/// <summary>
/// The order of one machine: reserve room in the log, take the application's stripe, decide, apply, and after all locks tell the
/// leases and wake the watchers. Thread safe.
/// </summary>
internal sealed class LocalCommandOrder : ICommandOrder
{
    private readonly StripedTable<ApplicationSnapshot> _applications;
    private readonly Applier _applier;
    private readonly IChangeLog _log;
    private readonly LeaseTable _leases;
    private readonly LeaseClock _clock;
    private readonly DecisionContext _context;
    private readonly ICommitListener _listener;

    public LocalCommandOrder(OrderParts parts)
    {
        _applications = parts.Applications;
        _applier = parts.Applier;
        _log = parts.Log;
        _leases = parts.Leases;
        _clock = parts.Clock;
        _context = new DecisionContext(parts.Leases, parts.Limits);
        _listener = parts.Listener;
    }

    public ValueTask<CommandOutcome> ExecuteAsync(Command command, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<CommandOutcome>(cancellationToken) : new(Execute(command));

    private CommandOutcome Execute(Command command)
    {
        if (command.Validate() is { } invalid)
            return CommandOutcome.Refused(invalid);
        var reserved = command.Size;
        if (_log.TryReserve(reserved) is { } noRoom)
            return CommandOutcome.Refused(noRoom);

        AppliedChange? applied = null;
        try
        {
            YieldPoint.Reach(YieldPoint.Admitted);
            Decision decision;
            var stripe = _applications.StripeOf(command.Application);
            using (stripe.Enter())
            {
                var current = stripe.Find(command.Application)?.Current ?? ApplicationSnapshot.Absent(command.Application);
                decision = command.Decide(current, _context);
                if (decision.Refusal is { } refusal)
                    return CommandOutcome.Refused(refusal);
                if (decision.Change is null)
                    return new CommandOutcome(null, current.Revision, current, 0);

                YieldPoint.Reach(YieldPoint.Decided);
                var entry = stripe.FindOrAdd(command.Application, ApplicationSnapshot.Absent);
                applied = _applier.ApplyUnderStripe(entry, decision.Change, decision.AttachTo, _clock.Now, reserved);
                if (applied is null)
                {
                    if (entry.Current is { IsAbsent: true, Revision: 0 })
                        stripe.Remove(command.Application);
                    return CommandOutcome.Refused(RegistryError.LeaseUnknown("lease_id"));
                }
            }

            YieldPoint.Reach(YieldPoint.Committed);
            _leases.Detach(command.Application, decision.Detachments);
            _listener.OnCommitted(applied, decision.AttachTo);
            return new CommandOutcome(null, applied.Revision, applied.Prepared.Application, decision.Change.Removals.Length);
        }
        finally
        {
            if (applied is null)
                _log.Release(reserved);
        }
    }
}
