using System.Runtime;

namespace Registry.Benchmarks;

/// <summary>
/// Makes what a benchmark starts with. Half a gigabyte that stays would be collected many times while it grows, and take far longer to
/// make than to measure; so it grows uncollected, and ends in the oldest generation.
/// </summary>
internal static class LargeSetup
{
    private const long Room = 1L << 30;

    public static T Make<T>(Func<T> make)
    {
        var isHeld = GC.TryStartNoGCRegion(Room);
        var made = make();
        if (isHeld && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            GC.EndNoGCRegion();
        GC.Collect();
        GC.Collect();
        return made;
    }
}
