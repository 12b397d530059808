using BenchmarkDotNet.Attributes;

namespace Registry.Benchmarks.Core;

/// <summary>
/// What one change costs its writer when many streams follow the topic. The pump stands still meanwhile and catches up between
/// iterations, so nothing of its work is in the figure.
/// </summary>
[Config(typeof(WriterConfig))]
public class WriterBenchmarks
{
    private Watched _watched = null!;

    [Params(10, 10_000)]
    public int Streams { get; set; }

    [GlobalSetup]
    public void Setup() => _watched = new Watched(PumpPlace.OnDemand, Streams);

    [IterationCleanup]
    public void CatchUp() => _watched.RunPump();

    [GlobalCleanup]
    public void Cleanup() => _watched.Dispose();

    [Benchmark]
    [Goal("the writer's part of one change to a watched application")]
    public void Write() => _watched.Change();
}
