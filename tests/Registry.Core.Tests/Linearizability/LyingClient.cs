using System.Collections.Concurrent;
using Registry.TestKit.Linearizability;

namespace Registry.Core.Tests.Linearizability;

/// <summary>A registry that is right but for one thing that it now and then does wrong. Thread safe.</summary>
internal abstract class LyingClient(IRegistryClient right) : IRegistryClient
{
    private int _calls;

    public long Clock => right.Clock;

    protected IRegistryClient Right => right;

    public int Grant() => right.Grant();

    public virtual bool HasEnded(int lease) => right.HasEnded(lease);

    public void Advance(TimeSpan by) => right.Advance(by);

    public abstract RegistryOperation Do(int instance, RegistryOperation asked);

    // Not each time: a registry that is always wrong is seen by any test.
    protected bool Lies() => Interlocked.Increment(ref _calls) % 2 == 0;
}

/// <summary>Answers a resolve with what it answered before.</summary>
internal sealed class StaleResolve(IRegistryClient right) : LyingClient(right)
{
    private readonly ConcurrentDictionary<int, RegistryOperation> _answered = new();

    public override RegistryOperation Do(int instance, RegistryOperation asked)
    {
        if (asked.Action != RegistryAction.Resolve)
            return Right.Do(instance, asked);
        if (_answered.TryGetValue(instance, out var before) && Lies())
            return before;
        return _answered[instance] = Right.Do(instance, asked);
    }
}

/// <summary>Says that an update was made, and does not make it.</summary>
internal sealed class LostUpdate(IRegistryClient right) : LyingClient(right)
{
    public override RegistryOperation Do(int instance, RegistryOperation asked)
    {
        if (asked.Action != RegistryAction.Update || !Lies())
            return Right.Do(instance, asked);
        var there = Right.Do(instance, new RegistryOperation(RegistryAction.Resolve));
        var isMeant = there.Answer == RegistryAnswer.Done && (asked.Meant == 0 || asked.Meant == there.Incarnation);
        return isMeant ? asked with { Answer = RegistryAnswer.Done, Revision = there.Revision + 1 } : Right.Do(instance, asked);
    }
}

/// <summary>Renews a lease that has ended.</summary>
internal sealed class RenewalAfterTheEnd(IRegistryClient right) : LyingClient(right)
{
    public override RegistryOperation Do(int instance, RegistryOperation asked)
    {
        var answered = Right.Do(instance, asked);
        return asked.Action == RegistryAction.Renew && answered.Answer == RegistryAnswer.LeaseUnknown && Lies() ? answered with { Answer = RegistryAnswer.Done } : answered;
    }
}

/// <summary>Acknowledges a renewal and does not make it: the lease ends before its TTL has passed.</summary>
internal sealed class LostRenewal(IRegistryClient right) : LyingClient(right)
{
    public override RegistryOperation Do(int instance, RegistryOperation asked) =>
        asked.Action == RegistryAction.Renew && !Right.HasEnded(asked.Lease) ? asked with { Answer = RegistryAnswer.Done } : Right.Do(instance, asked);
}

/// <summary>Leaves an instance in its answers after it was deregistered.</summary>
internal sealed class Ghost(IRegistryClient right) : LyingClient(right)
{
    public override RegistryOperation Do(int instance, RegistryOperation asked) => asked.Action == RegistryAction.Deregister && asked.Meant == 0 && Lies()
        ? Right.Do(instance, new RegistryOperation(RegistryAction.Resolve)).Answer == RegistryAnswer.Done
            ? asked with { Answer = RegistryAnswer.Done }
            : Right.Do(instance, asked)
        : Right.Do(instance, asked);
}

/// <summary>Lets an update meant for an earlier life of the instance hit the present one.</summary>
internal sealed class WrongLife(IRegistryClient right) : LyingClient(right)
{
    public override RegistryOperation Do(int instance, RegistryOperation asked) =>
        asked.Action is RegistryAction.Update or RegistryAction.Deregister ? Right.Do(instance, asked with { Meant = 0 }) with { Meant = asked.Meant } : Right.Do(instance, asked);
}

/// <summary>Registers an instance that was there under another lease without beginning a new life.</summary>
internal sealed class TakeoverWithoutANewLife(IRegistryClient right) : LyingClient(right)
{
    public override RegistryOperation Do(int instance, RegistryOperation asked)
    {
        if (asked.Action != RegistryAction.Register)
            return Right.Do(instance, asked);
        var before = Right.Do(instance, new RegistryOperation(RegistryAction.Resolve));
        var answered = Right.Do(instance, asked);
        return before.Incarnation > 0 && answered.Incarnation == answered.Revision ? answered with { Incarnation = before.Incarnation } : answered;
    }
}
