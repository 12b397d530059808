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
        + "2 s and 2 iterations of warmup, then 8 measured iterations of at least 60 ms of processor time; 16,000 operations a "
        + "round (copy-on-write of 1M entries: 1 of warmup, then 5 measured iterations, each one round of 8 writes and the reads that go "
        + "with them)";

    public static readonly Job Basis = Job.Default
        .WithUnrollFactor(1)
        .WithGcServer(true)
        .WithGcForce(false)
        .WithEvaluateOverhead(false)
        .WithOutlierMode(OutlierMode.DontRemove)
        .WithClock(new ProcessorClock());

    public LockingConfig()
    {
        AddJob(Basis
            .WithWarmupCount(2)
            .WithIterationCount(8)
            .WithIterationTime(TimeInterval.FromMilliseconds(60))
            .WithMinInvokeCount(1));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddFilter(new SimpleFilter(static benchmark =>
            benchmark.Descriptor.Type != typeof(LockingBenchmarks)
            || (Strategy)benchmark.Parameters[nameof(LockingBenchmarks.Strategy)] != Strategy.CopyOnWrite
            || (int)benchmark.Parameters[nameof(LockingBenchmarks.Entries)] != LargeCopyBenchmarks.Entries));
    }
}

/// <summary>One round an iteration, and few of them: each takes a good part of a second.</summary>
internal sealed class LargeCopyConfig : ManualConfig
{
    public LargeCopyConfig()
    {
        AddJob(LockingConfig.Basis.WithWarmupCount(1).WithIterationCount(5).WithInvocationCount(1));
        AddDiagnoser(MemoryDiagnoser.Default);
    }
}
