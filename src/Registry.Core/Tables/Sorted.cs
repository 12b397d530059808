using System.Collections.Immutable;

namespace Registry.Core.Tables;

/// <summary>
/// Small sets kept as sorted arrays: what a snapshot is made of. A change copies the array, which for the sizes of an
/// application (a few to a few thousand items) is cheaper than any tree, and every reader walks plain memory.
/// </summary>
internal static class Sorted
{
    /// <summary>The index of the item with that key, or the complement of where it would stand.</summary>
    public static int IndexOf<T>(ImmutableArray<T> items, string key, Func<T, string> keyOf)
    {
        int low = 0, high = items.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(keyOf(items[middle]), key);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }

    /// <summary>
    /// The items with those of <paramref name="upserts"/> added or replaced and those named in <paramref name="removals"/> gone, in
    /// one pass. Both are sorted by key, and name different keys. Removals that are not there are passed over.
    /// </summary>
    public static ImmutableArray<T> Merge<T>(
        ImmutableArray<T> items, ImmutableArray<T> upserts, ImmutableArray<string> removals, Func<T, string> keyOf)
    {
        if (items.IsEmpty)
            return upserts;
        if (upserts.IsEmpty && removals.IsEmpty)
            return items;
        var merged = ImmutableArray.CreateBuilder<T>(items.Length + upserts.Length);
        int i = 0, u = 0, r = 0;
        while (i < items.Length || u < upserts.Length)
        {
            var order = i == items.Length ? 1 : u == upserts.Length ? -1 : string.CompareOrdinal(keyOf(items[i]), keyOf(upserts[u]));
            if (order >= 0)
            {
                merged.Add(upserts[u++]);
                if (order == 0)
                    i++;
                continue;
            }

            var item = items[i++];
            while (r < removals.Length && string.CompareOrdinal(removals[r], keyOf(item)) < 0)
                r++;
            if (r < removals.Length && removals[r] == keyOf(item))
                r++;
            else
                merged.Add(item);
        }

        return merged.DrainToImmutable();
    }
}
