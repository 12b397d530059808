using BenchmarkDotNet.Attributes;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// What an operation costs under each strategy. The threads share the operations, so the figure is wall time per operation.
/// <see cref="LargeCopyBenchmarks"/> has the one case that this leaves out.
/// </summary>
[Config(typeof(LockingConfig))]
public class LockingBenchmarks
{
    private const int Operations = 16_000;

    private LockingCase _case = null!;

    [ParamsAllValues]
    public Strategy Strategy { get; set; }

    [Params(1_000, LargeCopyBenchmarks.Entries)]
    public int Entries { get; set; }

    [ParamsAllValues]
    public Mix Mix { get; set; }

    [Params(1, 2, 8)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup() => _case = new LockingCase(Strategy, Entries, Mix, Threads).Warm(Operations);

    [GlobalCleanup]
    public void Cleanup() => _case.Dispose();

    [Benchmark(OperationsPerInvoke = Operations)]
    public void Run() => _case.Run(Operations);
}
