using System.Numerics;

namespace Registry.Client.Balancing;

/// <summary>
/// The order in which weighted round robin goes round, worked out once: a ring of slots in which each place has its weight's share, as
/// evenly spread as whole slots allow. A pick is then one step, whatever the weights are.
/// </summary>
/// <remarks>
/// Earliest deadline first, as Envoy and nginx spread weights: a place of share s is due every 1/s steps. They search at each pick; here the
/// search is done when the places change.
/// </remarks>
internal static class Schedule
{
    /// <summary>As many places as an index of 16 bits can name.</summary>
    public const int MostPlaces = 65_536;

    private const int FewestSlots = 256;
    private const int EnoughSlots = 4_096;
    private const int SlotsOfAPlace = 32;
    private const int MostSlots = MostPlaces;

    /// <summary>Makes the ring.</summary>
    /// <param name="weights">All greater than 0, at most 65,536 of them.</param>
    /// <returns>Indices of the weights; a power of two of them, so that a counter that wraps stays even. Each index at least once.</returns>
    public static ushort[] Of(ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weights.Length, MostPlaces);
        if (weights.Length == 0)
        {
            return [];
        }

        double total = 0, least = double.MaxValue;
        foreach (var weight in weights)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
            total += weight;
            least = Math.Min(least, weight);
        }

        // Enough that the lightest has a whole slot, and not so many that a change of the places costs more than it is worth.
        var wanted = Math.Clamp(total / least, FewestSlots, Math.Max(EnoughSlots, weights.Length * SlotsOfAPlace));
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(wanted, weights.Length, MostSlots));
        return Spread(Shares(weights, total, slots), slots);
    }

    // A place of share s is due in the middle of each of s equal parts of the ring; sorted by when they are due, to the slot, they are the ring.
    private static ushort[] Spread(int[] shares, int slots)
    {
        var starts = new int[slots + 1];
        foreach (var share in shares)
        {
            for (var turn = 0; turn < share; turn++)
            {
                starts[Due(turn, share, slots) + 1]++;
            }
        }

        for (var slot = 1; slot <= slots; slot++)
        {
            starts[slot] += starts[slot - 1];
        }

        var ring = new ushort[slots];
        for (var index = 0; index < shares.Length; index++)
        {
            for (var turn = 0; turn < shares[index]; turn++)
            {
                ring[starts[Due(turn, shares[index], slots)]++] = (ushort)index;
            }
        }

        return ring;
    }

    private static int Due(int turn, int share, int slots) => (int)(((2L * turn) + 1) * slots / (2L * share));

    // Whole slots that add up: each its floor, at least one, and what is left over goes to those who lost most by it.
    private static int[] Shares(ReadOnlySpan<double> weights, double total, int slots)
    {
        var shares = new int[weights.Length];
        var lost = new (double Part, int Index)[weights.Length];
        var left = slots;
        for (var i = 0; i < weights.Length; i++)
        {
            var exact = weights[i] / total * slots;
            shares[i] = Math.Max(1, (int)exact);
            lost[i] = (exact - shares[i], i);
            left -= shares[i];
        }

        Array.Sort(lost, (a, b) => a.Part != b.Part ? b.Part.CompareTo(a.Part) : a.Index.CompareTo(b.Index));
        for (var i = 0; left > 0; i = (i + 1) % lost.Length, left--)
        {
            shares[lost[i].Index]++;
        }

        // The lightest were given a slot that they have not the weight for: those with the most give it.
        for (; left < 0; left++)
        {
            var most = 0;
            for (var i = 1; i < shares.Length; i++)
            {
                most = shares[i] > shares[most] ? i : most;
            }

            shares[most]--;
        }

        return shares;
    }
}
