using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;

namespace Registry.Benchmarks.Core;

/// <summary>A fixed number of writes per iteration, since the pump has to catch up after it: 10,000 streams have a mark for each.</summary>
internal sealed class WriterConfig : ManualConfig
{
    public WriterConfig()
    {
        AddJob(Job.Default
            .WithWarmupCount(150)
            .WithIterationCount(60)
            .WithInvocationCount(1_024)
            .WithUnrollFactor(16)
            .WithGcServer(true)
            .WithGcForce(false)
            .WithClock(new ProcessorClock()));
        AddDiagnoser(MemoryDiagnoser.Default);
    }
}
