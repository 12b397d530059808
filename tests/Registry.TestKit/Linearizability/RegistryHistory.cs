using System.Diagnostics;

namespace Registry.TestKit.Linearizability;

/// <summary>
/// Records what several clients do to a few instances at once, and what the registry does to their leases, and checks it instance by
/// instance. Thread safe while it is recorded.
/// </summary>
/// <param name="registry">Who answers.</param>
/// <param name="ttl">The TTL of its leases.</param>
public sealed class RegistryHistory(IRegistryClient registry, TimeSpan ttl)
{
    // Guards all that follows but _aliveSince, which belongs to the thread that drives the time. Nothing is taken inside.
    private readonly Lock _gate = new();
    private readonly List<(int Instance, Operation<RegistryOperation> Operation)> _operations = [];
    private readonly List<Operation<RegistryOperation>> _leaseOperations = [];
    private readonly SortedDictionary<int, (long Granted, long FirstDeadline)> _leases = [];
    private readonly Dictionary<int, long> _aliveSince = [];
    private readonly HashSet<int> _ended = [];

    /// <summary>How many operations there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _operations.Count + _leaseOperations.Count;
        }
    }

    /// <summary>How many of the clients' operations on instances overlapped with another client's: without any, nothing was tested.</summary>
    public int Overlapping
    {
        get
        {
            lock (_gate)
            {
                return _operations.Count(a => _operations.Any(
                    b => b.Operation.Client != a.Operation.Client && a.Operation.Call <= b.Operation.Return && b.Operation.Call <= a.Operation.Return));
            }
        }
    }

    /// <summary>Takes a lease and returns its index.</summary>
    public int Grant()
    {
        var call = Stopwatch.GetTimestamp();
        var deadline = registry.Clock + ttl.Ticks;
        var lease = registry.Grant();
        lock (_gate)
            _leases.Add(lease, (call, deadline));
        return lease;
    }

    /// <summary>Does something, records it, and returns it with its answer.</summary>
    /// <param name="client">Who does it.</param>
    /// <param name="instance">To which instance; of no meaning for a renewal.</param>
    /// <param name="asked">What.</param>
    /// <param name="fate">What becomes of the request and of the answer on their way.</param>
    public RegistryOperation Do(int client, int instance, RegistryOperation asked, Fate fate = Fate.Answered)
    {
        ArgumentNullException.ThrowIfNull(asked);
        asked = asked with { Clock = registry.Clock };
        var call = Stopwatch.GetTimestamp();
        var answered = fate == Fate.RequestLost ? asked : registry.Do(instance, asked);
        var @return = fate == Fate.Answered ? Stopwatch.GetTimestamp() : Operation<RegistryOperation>.Never;
        var operation = new Operation<RegistryOperation>(fate == Fate.Answered ? answered : asked, call, @return, client);
        lock (_gate)
        {
            if (asked.Action == RegistryAction.Renew)
                _leaseOperations.Add(operation);
            else
                _operations.Add((instance, operation));
        }

        return operation.What;
    }

    /// <summary>Lets time pass and records which leases ended by it. One thread alone.</summary>
    public void Advance(TimeSpan by)
    {
        var call = Stopwatch.GetTimestamp();
        registry.Advance(by);
        var clock = registry.Clock;
        KeyValuePair<int, (long Granted, long FirstDeadline)>[] leases;
        lock (_gate)
            leases = [.. _leases];
        foreach (var (lease, (granted, _)) in leases)
        {
            // A lease that was granted while time passed and is gone already ended at some moment since its grant.
            var since = _aliveSince.GetValueOrDefault(lease, Math.Min(granted, call));
            if (!registry.HasEnded(lease))
            {
                _aliveSince[lease] = Stopwatch.GetTimestamp();
                continue;
            }

            if (!_ended.Add(lease))
                continue;
            var over = Stopwatch.GetTimestamp();
            lock (_gate)
            {
                _leaseOperations.Add(new(new RegistryOperation(RegistryAction.EndLease) { Lease = lease, Clock = clock }, since, over, -1));
                _leaseOperations.Add(new(new RegistryOperation(RegistryAction.RemoveHeld) { Lease = lease }, since, over, -1));
            }
        }
    }

    /// <summary>Checks it, one instance after the other. The first result that is not Ok, or Ok.</summary>
    public CheckResult<RegistryOperation> Check(TimeSpan timeBox)
    {
        lock (_gate)
        {
            var model = new RegistryModel([.. _leases.Values.Select(l => l.FirstDeadline)], ttl.Ticks);
            CheckResult<RegistryOperation>? result = null;
            foreach (var instance in _operations.GroupBy(o => o.Instance, o => o.Operation))
            {
                // Of the leases only those matter on which the instance may ever have hung, or that refused it.
                var leases = instance.Where(o => o.What.Action == RegistryAction.Register).Select(o => o.What.Lease).ToHashSet();
                result = LinearizabilityChecker.Check(model, instance.Concat(_leaseOperations.Where(o => leases.Contains(o.What.Lease))), timeBox);
                if (result.Verdict != Verdict.Ok)
                    return result;
            }

            return result ?? new CheckResult<RegistryOperation>(Verdict.Ok, [], []);
        }
    }
}

/// <summary>What becomes of a request.</summary>
public enum Fate
{
    /// <summary>It is answered.</summary>
    Answered,

    /// <summary>It is carried out, and the answer does not come.</summary>
    AnswerLost,

    /// <summary>It does not arrive.</summary>
    RequestLost,
}
