using Registry.Core.Changes;
using Registry.Core.Instances;

namespace Registry.TestKit.Ordering;

/// <summary>
/// An order whose revisions come from elsewhere, as over a store that several nodes share: what was decided here is proposed there under
/// the condition that nobody else has changed the application since; the store numbers it with revisions of its own, which have gaps;
/// and it is applied here when it comes back, later, and strictly in the store's order. Thread safe.
/// </summary>
internal sealed class DistantOrder : ICommandOrder
{
    private readonly OrderParts _parts;
    private readonly DistantStore _store;
    private readonly DecisionContext _context;
    private readonly bool _deliversItself;

    // One applier: whoever holds it hands on what comes next. Nothing else is guarded by it.
    private readonly Lock _applying = new();

    /// <param name="parts">The registry's.</param>
    /// <param name="store">The store.</param>
    /// <param name="deliversItself">
    /// Whoever waits for a change delivers what has come, in turn with the others, until its own was there: commands complete without the
    /// test's doing. False: nothing arrives before the test says so.
    /// </param>
    public DistantOrder(OrderParts parts, DistantStore store, bool deliversItself)
    {
        _parts = parts;
        _store = store;
        _context = new DecisionContext(parts.Leases, parts.Limits);
        _deliversItself = deliversItself;
    }

    /// <summary>How often a command was decided anew, because the state that it was decided on had been overtaken.</summary>
    public int Conflicts => _store.Conflicts;

    public async ValueTask<CommandOutcome> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        if (command.Validate() is { } invalid)
            return CommandOutcome.Refused(invalid);
        while (true)
        {
            // The version first: what is read after it is of that version or newer, and newer is found out by the store.
            var seen = _store.AppliedVersionOf(command.Application);
            var current = _parts.Applications.Read(command.Application) ?? ApplicationSnapshot.Absent(command.Application);
            var decision = command.Decide(current, _context);
            if (decision.Change is null)
            {
                // "Nothing to do" and refusals are answers about the store's newest state, not about what has arrived here.
                if (_store.NewestUnderWay(command.Application, seen) is { } newer)
                    await ArrivalOfAsync(newer, cancellationToken).ConfigureAwait(false);
                else
                    return decision.Refusal is { } refusal ? CommandOutcome.Refused(refusal) : new CommandOutcome(null, current.Revision, current, 0);
                continue;
            }

            if (_parts.Log.TryReserve(command.Size) is { } noRoom)
                return CommandOutcome.Refused(noRoom);
            if (_deliversItself)
                Thread.Sleep(0); // The way to the store: others may be faster.
            var proposal = new Proposal(command.Application, decision, command.Size);
            if (_store.TryCommit(proposal, seen, out var overtaking))
                return await ArrivalOfAsync(proposal, cancellationToken).ConfigureAwait(false);
            _parts.Log.Release(command.Size);
            if (overtaking is not null)
                await ArrivalOfAsync(overtaking, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Applies the next change that the store has committed. False: nothing is under way.</summary>
    public bool Deliver()
    {
        Proposal? proposal;
        CommandOutcome outcome;
        lock (_applying)
        {
            if (!_store.TryTake(out proposal))
                return false;
            outcome = Apply(proposal);
            _store.Applied(proposal);
        }

        proposal.Arrived.SetResult(outcome);
        return true;
    }

    private async ValueTask<CommandOutcome> ArrivalOfAsync(Proposal proposal, CancellationToken cancellationToken)
    {
        while (_deliversItself && !proposal.Arrived.Task.IsCompleted)
        {
            if (!Deliver())
                Thread.Yield();
        }

        return await proposal.Arrived.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private CommandOutcome Apply(Proposal proposal)
    {
        var (application, decision) = (proposal.Application, proposal.Decision);
        var stripe = _parts.Applications.StripeOf(application);
        var attachTo = decision.AttachTo;
        AppliedChange applied;
        using (stripe.Enter())
        {
            var entry = stripe.FindOrAdd(application, ApplicationSnapshot.Absent);
            var attached = _parts.Applier.ApplyUnderStripe(entry, decision.Change!, attachTo, _parts.Clock.Now, proposal.Reserved, proposal.Revision);

            // The lease ended while the change was under way. The store has it, so it is applied; and taken out again.
            applied = attached ?? _parts.Applier.ApplyUnderStripe(entry, decision.Change!, null, _parts.Clock.Now, proposal.Reserved, proposal.Revision)!;
            if (attached is null)
                _store.CommitAnyway(RemovalOf(proposal));
        }

        _parts.Leases.Detach(application, decision.Detachments);
        _parts.Listener.OnCommitted(applied, attachTo);
        return new CommandOutcome(null, applied.Revision, applied.Prepared.Application, decision.Change!.Removals.Length);
    }

    private Proposal RemovalOf(Proposal proposal)
    {
        var ids = proposal.Decision.Change!.Upserts.Select(u => u.Id).ToArray();
        var change = new ApplicationChange { Application = proposal.Application, Cause = ChangeCause.Expired, Removals = [.. ids] };
        Xunit.Assert.Null(_parts.Log.TryReserve(ids.Length * 16));
        return new Proposal(proposal.Application, Decision.Make(change), ids.Length * 16);
    }
}
