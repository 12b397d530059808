using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using Perfolizer.Horology;
using Perfolizer.Mathematics.OutlierDetection;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// Short, since there are more than a hundred cases, each in a process of its own; and no outlier is taken away, since what a strategy
/// does when threads meet unluckily is what it costs.
/// </summary>
internal sealed class LockingConfig : ManualConfig
{
    public const string Description =
        "BenchmarkDotNet 0.14.0; server garbage collector, as the server has it; each case in a process of its own; 3 warmup and 6 measured iterations of about 150 ms; "
        + "40,000 operations a round (copy-on-write of 1M entries: 16 writes a round and the reads that go with them); "
        + "median of the iterations, no outlier taken away";

    public LockingConfig()
    {
        AddJob(Job.Default
            .WithWarmupCount(3)
            .WithIterationCount(6)
            .WithIterationTime(TimeInterval.FromMilliseconds(150))
            .WithMinInvokeCount(1)
            .WithUnrollFactor(1)
            .WithGcServer(true)
            .WithEvaluateOverhead(false)
            .WithOutlierMode(OutlierMode.DontRemove));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddFilter(new SimpleFilter(static benchmark =>
            benchmark.Descriptor.Type != typeof(LockingBenchmarks)
            || (Strategy)benchmark.Parameters[nameof(LockingBenchmarks.Strategy)] != Strategy.CopyOnWrite
            || (int)benchmark.Parameters[nameof(LockingBenchmarks.Entries)] != LargeCopyBenchmarks.Entries));
    }
}
