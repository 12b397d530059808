using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Registry.Benchmarks.Client;

/// <summary>
/// As the core's, but in this process: in a process of its own BenchmarkDotNet would build what is referenced once more, in a place where the
/// compiler of protos does not leave its output.
/// </summary>
internal sealed class ClientConfig : ManualConfig
{
    public const string Description =
        "BenchmarkDotNet 0.14.0; server garbage collector; all cases in one process; 30 warmup and 25 measured iterations of about 50 ms; "
        + "processor time of the whole process and not time on the wall, so that others on the machine are not in it";

    public ClientConfig()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(30)
            .WithIterationCount(25)
            .WithIterationTime(TimeInterval.FromMilliseconds(50))
            .WithGcForce(false)
            .WithClock(new ProcessorClock()));
        AddDiagnoser(MemoryDiagnoser.Default);
    }
}
