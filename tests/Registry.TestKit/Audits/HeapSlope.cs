using System.Globalization;

namespace Registry.TestKit.Audits;

/// <summary>
/// How the heap grows while the same thing is done again and again: a least-squares line through the heap's size after each of several
/// blocks of cycles, each measured after a full collection. What leaks shows as its size per cycle; what is kept once, or comes and
/// goes, shows as the error of the line.
/// </summary>
/// <remarks>
/// Nothing else may work in the process meanwhile: tests that measure belong to a collection that does not run beside others.
/// </remarks>
public sealed class HeapSlope
{
    /// <summary>The blocks that a line is laid through.</summary>
    public const int Blocks = 10;

    /// <summary>How many blocks are run at the most, those included that are not measured.</summary>
    public const int MaxBlocks = MaxTries * (Blocks + WarmUpBlocks);

    private const int MaxTries = 4;

    // Three standard errors: who says "zero within the bound" is wrong once in some hundred measurements that lie right on the bound.
    private const double Confidence = 3;

    // What is made once, when something is done for the first time: pools, dictionaries that have found their size, caches of the runtime.
    private const int WarmUpBlocks = 2;

    private HeapSlope(int cyclesPerBlock, IReadOnlyList<long> sizes)
    {
        CyclesPerBlock = cyclesPerBlock;
        Sizes = sizes;

        // y = a + b x, with x in cycles; the error of b from what the line leaves over.
        var x = Enumerable.Range(1, sizes.Count).Select(i => (double)i * cyclesPerBlock).ToArray();
        var (meanX, meanY) = (x.Average(), sizes.Average());
        var spread = x.Sum(v => (v - meanX) * (v - meanX));
        BytesPerCycle = x.Zip(sizes, (v, size) => (v - meanX) * (size - meanY)).Sum() / spread;
        var left = x.Zip(sizes, (v, size) => size - meanY - (BytesPerCycle * (v - meanX))).Sum(rest => rest * rest);
        StandardError = Math.Sqrt(left / (sizes.Count - 2) / spread);
    }

    /// <summary>The slope, in bytes per cycle.</summary>
    public double BytesPerCycle { get; }

    /// <summary>Its standard error, in bytes per cycle.</summary>
    public double StandardError { get; }

    /// <summary>The heap after each block, in bytes.</summary>
    public IReadOnlyList<long> Sizes { get; }

    public int CyclesPerBlock { get; }

    /// <summary>The whole interval of the slope lies within the bound.</summary>
    /// <param name="bytesPerCycle">The bound. Below 24, not one object per cycle stays: there is no smaller one.</param>
    public bool IsZeroWithin(double bytesPerCycle) => Math.Abs(BytesPerCycle) + (Confidence * StandardError) <= bytesPerCycle;

    /// <summary>The whole interval of the slope lies above the bound.</summary>
    public bool IsAbove(double bytesPerCycle) => BytesPerCycle - (Confidence * StandardError) > bytesPerCycle;

    /// <summary>
    /// Measures, up to four times, until the line says one thing or the other. A pool that finds a new height, and what tests before have
    /// left and is let go now, are steps that happen once; what leaks leaks in the next measurement as well.
    /// </summary>
    /// <param name="bound">The bound, in bytes per cycle.</param>
    /// <param name="isLeak">What is expected: growth above the bound, or none but within it.</param>
    /// <param name="cyclesPerBlock">The cycles of a block.</param>
    /// <param name="block">Given how many cycles to run; leaves nothing under way.</param>
    public static HeapSlope MeasureUntilClear(double bound, bool isLeak, int cyclesPerBlock, Action<int> block)
    {
        HeapSlope slope;
        var tries = 0;
        do
            slope = Measure(cyclesPerBlock, block);
        while (++tries < MaxTries && !slope.Says(bound, isLeak));
        return slope;
    }

    /// <inheritdoc cref="MeasureUntilClear"/>
    public static async Task<HeapSlope> MeasureUntilClearAsync(double bound, bool isLeak, int cyclesPerBlock, Func<int, Task> block)
    {
        HeapSlope slope;
        var tries = 0;
        do
            slope = await MeasureAsync(cyclesPerBlock, block);
        while (++tries < MaxTries && !slope.Says(bound, isLeak));
        return slope;
    }

    private bool Says(double bound, bool isLeak) => isLeak ? IsAbove(bound) : IsZeroWithin(bound);

    private static HeapSlope Measure(int cyclesPerBlock, Action<int> block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var sizes = new long[Blocks];
        for (var i = -WarmUpBlocks; i < Blocks; i++)
        {
            block(cyclesPerBlock);
            var size = Collected();
            if (i >= 0)
                sizes[i] = size;
        }

        return new HeapSlope(cyclesPerBlock, sizes);
    }

    private static async Task<HeapSlope> MeasureAsync(int cyclesPerBlock, Func<int, Task> block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var sizes = new long[Blocks];
        for (var i = -WarmUpBlocks; i < Blocks; i++)
        {
            await block(cyclesPerBlock);
            var size = Collected();
            if (i >= 0)
                sizes[i] = size;
        }

        return new HeapSlope(cyclesPerBlock, sizes);
    }

    /// <summary>The heap after a full collection, and another one for what the finalizers of the first have let go.</summary>
    public static long Collected()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{BytesPerCycle:0.000} bytes per cycle, standard error {StandardError:0.000}, {Sizes.Count} blocks of {CyclesPerBlock} cycles; "
        + $"heap after each: {string.Join(", ", Sizes)}");
}
