using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using Perfolizer.Horology;

namespace Registry.Benchmarks.Core;

/// <summary>
/// A long warmup: the runtime compiles what is hot several times and in the background, and a write goes through much code. After a third
/// of a second a write still took three times as long as after two. No forced collections between the iterations: with half a gigabyte on
/// the heap they take ten times as long as the iterations.
/// </summary>
internal sealed class CoreConfig : ManualConfig
{
    public const string Description =
        "BenchmarkDotNet 0.14.0; server garbage collector, as the server has it; each case in a process of its own; "
        + "30 warmup and 25 measured iterations of about 50 ms; processor time of the whole process and not time on the wall, so that "
        + "others on the machine are not in it, and the garbage collector's threads are";

    public CoreConfig()
    {
        AddJob(Job.Default
            .WithWarmupCount(30)
            .WithIterationCount(25)
            .WithIterationTime(TimeInterval.FromMilliseconds(50))
            .WithGcServer(true)
            .WithGcForce(false)
            .WithClock(new ProcessorClock()));
        AddDiagnoser(MemoryDiagnoser.Default);
    }
}
