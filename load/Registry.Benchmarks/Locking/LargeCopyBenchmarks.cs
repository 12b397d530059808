using BenchmarkDotNet.Attributes;

namespace Registry.Benchmarks.Locking;

/// <summary>Copy-on-write of a large table, where a write takes milliseconds: 8 writes a round and no more.</summary>
[Config(typeof(LargeCopyConfig))]
public class LargeCopyBenchmarks
{
    /// <summary>The large table.</summary>
    public const int Entries = 1_000_000;

    private const int Writes = 8;

    private LockingCase _case = null!;

    [Params(1, 2, 8)]
    public int Threads { get; set; }

    [GlobalSetup(Target = nameof(Reads99Writes1))]
    public void SetupMostlyReads() => Setup(Mix.Reads99Writes1, Writes * 100);

    [GlobalSetup(Target = nameof(Reads50Writes50))]
    public void SetupHalfReads() => Setup(Mix.Reads50Writes50, Writes * 2);

    [GlobalSetup(Target = nameof(WritesOnly))]
    public void SetupWritesOnly() => Setup(Mix.WritesOnly, Writes);

    [GlobalCleanup]
    public void Cleanup() => _case.Dispose();

    [Benchmark(OperationsPerInvoke = Writes * 100)]
    public void Reads99Writes1() => _case.Run(Writes * 100);

    [Benchmark(OperationsPerInvoke = Writes * 2)]
    public void Reads50Writes50() => _case.Run(Writes * 2);

    [Benchmark(OperationsPerInvoke = Writes)]
    public void WritesOnly() => _case.Run(Writes);

    private void Setup(Mix mix, int operations) =>
        _case = new LockingCase(Strategy.CopyOnWrite, Entries, mix, Threads).Warm(operations);
}
