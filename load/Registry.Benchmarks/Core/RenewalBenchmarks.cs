using BenchmarkDotNet.Attributes;
using Registry.Core.Leases;

namespace Registry.Benchmarks.Core;

/// <summary>Renewing leases in turn.</summary>
[Config(typeof(CoreConfig))]
public class RenewalBenchmarks
{
    private const int Stride = 7_919;

    private BenchRegistry _registry = null!;
    private LeaseId[] _ids = null!;
    private int _next;

    [Params(1_000, 900_000)]
    public int Leases { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _registry = new BenchRegistry(PumpPlace.Inline);
        _ids = [.. Enumerable.Range(0, Leases).Select(_ => _registry.Grant())];
    }

    [GlobalCleanup]
    public void Cleanup() => _registry.Dispose();

    [Benchmark]
    [Goal("renew a lease")]
    public LeaseRenewal Renew()
    {
        _next = (_next + Stride) % _ids.Length;
        return _registry.Registry.RenewLease(_ids[_next], "");
    }
}
