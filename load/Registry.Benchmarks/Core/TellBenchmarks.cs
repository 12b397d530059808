using BenchmarkDotNet.Attributes;

namespace Registry.Benchmarks.Core;

/// <summary>One change and the telling of all streams that follow the topic, on one core. Encoding and sending are the server's.</summary>
[Config(typeof(CoreConfig))]
public class TellBenchmarks
{
    private Watched _watched = null!;

    [Params(10, 10_000)]
    public int Streams { get; set; }

    [GlobalSetup]
    public void Setup() => _watched = new Watched(PumpPlace.Inline, Streams);

    [GlobalCleanup]
    public void Cleanup() => _watched.Dispose();

    [Benchmark]
    [Goal("one change to a watched application, written and told to all, on one core")]
    public bool WriteAndTell()
    {
        _watched.Audience.Reset();
        _watched.Change();
        return _watched.Audience.IsTold ? true : throw new InvalidOperationException("not all streams were told");
    }
}
