using System.Numerics;

namespace Registry.LoadMeasuring;

/// <summary>
/// The arithmetic of log-linear buckets, after HdrHistogram by Gil Tene (hdrhistogram.org; dedicated to the public domain): each
/// power of two is cut into 1,024 equal buckets, so that a bucket is never wider than 1/1,024 of its values. That is three
/// significant digits over any range, at 8 KiB per power of two.
/// </summary>
internal static class LogLinearBuckets
{
    private const int HalfBits = 10;
    private const int Half = 1 << HalfBits;

    // Below twice the half every value has a bucket of its own.
    public static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - HalfBits);
        return (shift << HalfBits) + (int)(value >> shift);
    }

    public static long LowestOf(int index)
    {
        var shift = ShiftOf(index);
        return (long)(index - (shift << HalfBits)) << shift;
    }

    public static long HighestOf(int index) => LowestOf(index) + (1L << ShiftOf(index)) - 1;

    private static int ShiftOf(int index) => index < 2 * Half ? 0 : (index >> HalfBits) - 1;
}
