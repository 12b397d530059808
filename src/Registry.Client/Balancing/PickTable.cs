using System.Diagnostics.CodeAnalysis;
using Registry.Client.Resolving;

namespace Registry.Client.Balancing;

/// <summary>
/// The places that calls may go to at present, and the next one. Made anew when the places change; a pick takes no lock, allocates nothing
/// and does not depend on how many places there are.
/// </summary>
/// <remarks>
/// <para>
/// Who gets calls: instances that are up. Only if there is none, those of weight 0; else the suspect ones, which the registry itself doubts
/// it has reason to doubt; else the draining ones, which have asked for none. Those that are down never.
/// </para>
/// <para>
/// Of these, the caller's zone first. A zone that has its fair share of the weight, one of as many equal parts as there are zones, keeps all
/// of its callers' calls. One that has less keeps as much less, and the rest spills over to the other zones: so that the instances that
/// are left in a zone which lost some are not asked to do the work of all.
/// </para>
/// </remarks>
internal sealed class PickTable<TTarget>
{
    private readonly Candidate<TTarget>[] _places;
    private readonly ushort[] _ring;
    private readonly BalancingPolicy _policy;
    private int _next;

    private PickTable(Candidate<TTarget>[] places, ushort[] ring, BalancingPolicy policy)
    {
        _places = places;
        _ring = ring;
        _policy = policy;

        // Clients that start together would all begin with the same instance.
        _next = Random.Shared.Next();
    }

    /// <summary>No call can go anywhere.</summary>
    public bool IsEmpty => _ring.Length == 0;

    /// <param name="candidates">All there are.</param>
    /// <param name="zone">The caller's; empty: no preference.</param>
    /// <param name="policy">How to pick among those that get calls.</param>
    public static PickTable<TTarget> Of(IEnumerable<Candidate<TTarget>> candidates, string zone, BalancingPolicy policy)
    {
        var best = candidates.Where(candidate => candidate.Status != InstanceStatus.Down)
            .GroupBy(TierOf).OrderBy(tier => tier.Key).FirstOrDefault()?.Take(Schedule.MostPlaces).ToArray() ?? [];
        var (places, weights) = Spread(best, zone);
        return new PickTable<TTarget>(places, Schedule.Of(weights), policy);
    }

    /// <summary>Where the next call goes. False: nowhere.</summary>
    public bool TryPick([MaybeNullWhen(false)] out TTarget target, [MaybeNullWhen(false)] out OpenCalls calls)
    {
        var ring = _ring;
        if (ring.Length == 0)
        {
            target = default;
            calls = null;
            return false;
        }

        ref readonly var place = ref _policy == BalancingPolicy.WeightedRoundRobin
            ? ref _places[ring[Interlocked.Increment(ref _next) & (ring.Length - 1)]]
            : ref BetterOfTwo(ring);
        target = place.Target!;
        calls = place.Calls;
        return true;
    }

    // Two are drawn as the ring has them, by weight; of these the one with fewer open calls for its weight (Mitzenmacher 2001). Where neither
    // is ahead, the first: its weight has counted in the draw, and must not count twice.
    private ref readonly Candidate<TTarget> BetterOfTwo(ushort[] ring)
    {
        var random = Random.Shared;
        ref readonly var one = ref _places[ring[random.Next() & (ring.Length - 1)]];
        ref readonly var other = ref _places[ring[random.Next() & (ring.Length - 1)]];
        return ref (long)one.Calls.Count * Math.Max(1, other.Weight) <= (long)other.Calls.Count * Math.Max(1, one.Weight)
            ? ref one
            : ref other;
    }

    private static int TierOf(Candidate<TTarget> candidate) => candidate.Status switch
    {
        InstanceStatus.Up when candidate.Weight > 0 => 0,
        InstanceStatus.Up => 1,
        InstanceStatus.Suspect => 2,
        _ => 3,
    };

    private static (Candidate<TTarget>[] Places, double[] Weights) Spread(Candidate<TTarget>[] tier, string zone)
    {
        // All of weight 0 share alike.
        double WeightOf(Candidate<TTarget> candidate) => Math.Max(1, candidate.Weight);

        var total = tier.Sum(WeightOf);
        var local = zone.Length == 0 ? 0 : tier.Where(candidate => candidate.Zone == zone).Sum(WeightOf);
        if (local == 0 || local == total)
        {
            return (tier, Array.ConvertAll(tier, WeightOf));
        }

        var zones = tier.Select(candidate => candidate.Zone).Distinct(StringComparer.Ordinal).Count();
        var kept = local * zones / total;
        if (kept >= 1)
        {
            tier = Array.FindAll(tier, candidate => candidate.Zone == zone);
            return (tier, Array.ConvertAll(tier, WeightOf));
        }

        // The weights of the others, such that together they get what the zone does not keep.
        var spilled = local * (1 - kept) / (kept * (total - local));
        return (tier, Array.ConvertAll(tier, candidate => WeightOf(candidate) * (candidate.Zone == zone ? 1 : spilled)));
    }
}
