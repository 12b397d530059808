using BenchmarkDotNet.Attributes;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Benchmarks.Core;

/// <summary>
/// Reading. Every application serves one interface and has two instances, so half of the topics are interfaces; the names are gone
/// through in strides, so that a large table is not read out of the processor's cache.
/// </summary>
[Config(typeof(CoreConfig))]
public class ResolveBenchmarks
{
    // Prime, so that every name has its turn.
    private const int Stride = 7_919;

    private BenchRegistry _registry = null!;
    private QualifiedName[] _names = null!;
    private QualifiedName[][] _one = null!;
    private QualifiedName[][] _ten = null!;
    private int _next;

    [Params(1_000, 1_000_000)]
    public int Topics { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _registry = new BenchRegistry(PumpPlace.Inline);
        _registry.Populate(Topics / 2, interfaces: 1);
        _names = [.. Enumerable.Range(0, Topics / 2).Select(i => BenchRegistry.Name($"{BenchRegistry.ApplicationName(i)}.v1.Service0"))];
        _one = [.. _names.Select(static name => new[] { name })];
        _ten = [.. Enumerable.Range(0, _names.Length / 10).Select(i => Enumerable.Range(0, 10).Select(k => NameAt((i * 10) + k)).ToArray())];
    }

    [GlobalCleanup]
    public void Cleanup() => _registry.Dispose();

    [Benchmark]
    [Goal("resolve from the table: one interface's mapping and its application", MaxNanoseconds = 200, MaxBytes = 0)]
    public int FromTable()
    {
        var mapping = _registry.Registry.ReadInterface(_names[Next(_names.Length)]);
        var instances = 0;
        foreach (var mapped in mapping.Applications)
            instances += _registry.Registry.ReadApplication(new QualifiedName(mapping.Name.Namespace, mapped.Application)).Count;
        return instances;
    }

    [Benchmark]
    [Goal("read 1 interface and its application at one revision")]
    public TopicsAtRevision Together1() => _registry.Registry.ReadTogether(_one[Next(_one.Length)], []);

    [Benchmark]
    [Goal("read 10 interfaces and their 10 applications at one revision")]
    public TopicsAtRevision Together10() => _registry.Registry.ReadTogether(_ten[Next(_ten.Length)], []);

    private QualifiedName NameAt(int turn) => _names[(int)((long)turn * Stride % _names.Length)];

    private int Next(int length) => _next = (_next + Stride) % length;
}
