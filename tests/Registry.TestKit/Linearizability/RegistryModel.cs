using System.Collections.Immutable;

namespace Registry.TestKit.Linearizability;

/// <summary>
/// The registry as one instance sees it, everything happening one after the other. A history is checked instance by instance: operations
/// on different instances do not depend on each other except through leases, whose operations stand in the history of each instance that
/// ever hung on them.
/// </summary>
/// <remarks>
/// The end of a lease is two steps of the registry's own, as discovery and registration promise no more: the lease ends (no renewal, no
/// register), and then what it held goes. A register that was under way while the lease ended may still be accepted: what it attaches
/// goes with the rest. One that was called after the end was over may not.
/// </remarks>
/// <param name="firstDeadlines">Of each lease: the earliest time, in ticks of the registry's clock, at which it may end unrenewed.</param>
/// <param name="ttl">What a renewal adds, in ticks.</param>
public sealed class RegistryModel(ImmutableArray<long> firstDeadlines, long ttl) : ISequentialModel<InstanceState, RegistryOperation>
{
    public InstanceState Initial { get; } = new(-1, 0, 0, "", 0, firstDeadlines);

    public bool IsRead(RegistryOperation what) => what?.Action == RegistryAction.Resolve;

    public IEnumerable<InstanceState> Step(InstanceState state, Operation<RegistryOperation> operation)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(operation);
        return operation.What.Action switch
        {
            RegistryAction.Register => Register(state, operation),
            RegistryAction.Update => Update(state, operation),
            RegistryAction.Deregister => Deregister(state, operation),
            RegistryAction.Resolve => Resolve(state, operation.What),
            RegistryAction.Renew => Renew(state, operation),
            RegistryAction.EndLease => EndLease(state, operation),
            _ => RemoveHeld(state, operation.What),
        };
    }

    private static IEnumerable<InstanceState> Register(InstanceState state, Operation<RegistryOperation> operation)
    {
        var what = operation.What;
        var endedAt = -state.Leases[what.Lease];
        var isRetry = state.Lease == what.Lease;
        if (operation.IsUnknown)
        {
            // Refused, or done at revisions that nobody was told.
            if (endedAt > 0)
                yield return state;
            if (endedAt <= 0 || operation.Call < endedAt)
                yield return isRetry && state.Content == what.Content ? state : Written(state, isRetry ? state.Incarnation : 0, 0);
            yield break;
        }

        if (what.Answer == RegistryAnswer.LeaseUnknown)
        {
            if (endedAt > 0)
                yield return state;
            yield break;
        }

        if (endedAt > 0 && operation.Call >= endedAt)
            yield break;
        if (isRetry && state.Content == what.Content)
        {
            if (Lives(state, what.Incarnation) && Stands(state, what.Revision))
                yield return Written(state, what.Incarnation, what.Revision);
        }
        else if (what.Revision > state.Newest && (isRetry ? Lives(state, what.Incarnation) : what.Incarnation == what.Revision))
        {
            yield return Written(state, what.Incarnation, what.Revision);
        }

        InstanceState Written(InstanceState before, long incarnation, long revision) =>
            before with { Lease = what.Lease, Incarnation = incarnation, Revision = revision, Content = what.Content, Newest = Math.Max(before.Newest, revision) };
    }

    private static IEnumerable<InstanceState> Update(InstanceState state, Operation<RegistryOperation> operation)
    {
        var what = operation.What;
        foreach (var (answer, incarnation) in Meant(state, what.Meant))
        {
            if (!operation.IsUnknown && answer != what.Answer)
                continue;
            if (answer != RegistryAnswer.Done)
                yield return state;
            else if (state.Content == what.Content)
                yield return state with { Incarnation = incarnation };
            else if (operation.IsUnknown)
                yield return state with { Incarnation = incarnation, Revision = 0, Content = what.Content };
            else if (what.Revision > state.Newest)
                yield return state with { Incarnation = incarnation, Revision = what.Revision, Content = what.Content, Newest = what.Revision };
        }
    }

    private static IEnumerable<InstanceState> Deregister(InstanceState state, Operation<RegistryOperation> operation)
    {
        foreach (var (answer, _) in Meant(state, operation.What.Meant))
        {
            if (operation.IsUnknown || answer == operation.What.Answer)
                yield return answer == RegistryAnswer.Done ? state.Absent() : state;
        }
    }

    private static IEnumerable<InstanceState> Resolve(InstanceState state, RegistryOperation what)
    {
        if (what.Answer == RegistryAnswer.NotThere)
        {
            if (!state.IsThere)
                yield return state;
        }
        else if (state.IsThere && state.Content == what.Content && Lives(state, what.Incarnation) && Stands(state, what.Revision))
        {
            yield return state with { Incarnation = what.Incarnation, Revision = what.Revision, Newest = Math.Max(state.Newest, what.Revision) };
        }
    }

    private IEnumerable<InstanceState> Renew(InstanceState state, Operation<RegistryOperation> operation)
    {
        var what = operation.What;
        var hasEnded = state.Leases[what.Lease] < 0;
        if (hasEnded && (operation.IsUnknown || what.Answer == RegistryAnswer.LeaseUnknown))
            yield return state;
        else if (!hasEnded && (operation.IsUnknown || what.Answer == RegistryAnswer.Done))
            yield return state with { Leases = state.Leases.SetItem(what.Lease, Math.Max(state.Leases[what.Lease], what.Clock + ttl)) };
    }

    private static IEnumerable<InstanceState> EndLease(InstanceState state, Operation<RegistryOperation> operation)
    {
        // A lease whose renewal was acknowledged does not end before its TTL has passed from then.
        var deadline = state.Leases[operation.What.Lease];
        if (deadline >= 0 && operation.What.Clock >= deadline)
            yield return state with { Leases = state.Leases.SetItem(operation.What.Lease, -operation.Return) };
    }

    private static IEnumerable<InstanceState> RemoveHeld(InstanceState state, RegistryOperation what)
    {
        if (state.Leases[what.Lease] < 0)
            yield return state.Lease == what.Lease ? state.Absent() : state;
    }

    // What an operation that names a life can be answered here, and which life is there if it is. Where the life is not known, more than
    // one answer is right, and the answer tells.
    private static IEnumerable<(RegistryAnswer Answer, long Incarnation)> Meant(InstanceState state, long meant)
    {
        if (!state.IsThere)
        {
            yield return (RegistryAnswer.NotThere, 0);
        }
        else if (meant == 0)
        {
            yield return (RegistryAnswer.Done, state.Incarnation);
        }
        else if (state.Incarnation == 0)
        {
            yield return (RegistryAnswer.Done, meant);
            yield return (RegistryAnswer.NotThere, 0);
            yield return (RegistryAnswer.Superseded, 0);
        }
        else
        {
            yield return (meant == state.Incarnation ? RegistryAnswer.Done : meant < state.Incarnation ? RegistryAnswer.Superseded : RegistryAnswer.NotThere, state.Incarnation);
        }
    }

    // A life that nobody was told of may be any; a later answer tells.
    private static bool Lives(InstanceState state, long told) => state.Incarnation == told || (state.Incarnation == 0 && told > 0);

    // A change that nobody was told of came after all that anybody was told before.
    private static bool Stands(InstanceState state, long told) => state.Revision == told || (state.Revision == 0 && told > state.Newest);
}
