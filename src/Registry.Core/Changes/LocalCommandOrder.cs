using Registry.Core.Instances;
using Registry.Core.Interleaving;
using Registry.Core.Leases;
using Registry.Core.Naming;
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

    public LocalCommandOrder(
        StripedTable<ApplicationSnapshot> applications,
        Applier applier,
        IChangeLog log,
        LeaseTable leases,
        LeaseClock clock,
        LimitOptions limits,
        ICommitListener listener)
    {
        _applications = applications;
        _applier = applier;
        _log = log;
        _leases = leases;
        _clock = clock;
        _context = new DecisionContext(leases, limits);
        _listener = listener;
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
            TellLeases(command.Application, decision);
            _listener.OnCommitted(applied, decision.AttachTo);
            return new CommandOutcome(null, applied.Revision, applied.Prepared.Application, decision.Change.Removals.Length);
        }
        finally
        {
            if (applied is null)
                _log.Release(reserved);
        }
    }

    private void TellLeases(QualifiedName application, Decision decision)
    {
        foreach (var (instance, cause) in decision.Detachments)
        {
            if (_leases.TryGet(instance.Lease, out var lease))
                lease.Detach(application, instance.Id, instance.Incarnation, cause);
        }
    }
}

/// <summary>What has to happen after a commit, outside all locks.</summary>
internal interface ICommitListener
{
    /// <summary>Called after each commit on the committing thread; must not block or throw.</summary>
    void OnCommitted(AppliedChange applied, Lease? attachedTo);
}
