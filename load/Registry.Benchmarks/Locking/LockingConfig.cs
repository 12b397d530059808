using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using Perfolizer.Horology;
using Perfolizer.Mathematics.OutlierDetection;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// Short iterations and many of them: there are more than a hundred cases, and on a machine that is shared with others a short iteration
/// has a chance of being left alone. No outlier is taken away: what happens when threads meet unluckily is a cost.
/// </summary>
internal sealed class LockingConfig : ManualConfig
{
    public const string Description =
        "BenchmarkDotNet 0.14.0; server garbage collector, as the server has it; each case in a process of its own; "
        + "4 warmup and 20 measured iterations of at least 60 ms; 16,000 operations a round (copy-on-write of 1M entries: 16 writes "
        + "a round and the reads that go with them)";

    public LockingConfig()
    {
        AddJob(Job.Default
            .WithWarmupCount(4)
            .WithIterationCount(20)
            .WithIterationTime(TimeInterval.FromMilliseconds(60))
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
